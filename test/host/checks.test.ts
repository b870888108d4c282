import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

/** `run_check` where systemd-run takes these seconds and ends like this; the limit is one second. */
function runCheck(shell: string, seconds: number, exit: number) {
  const home = scratch();
  for (const dir of ['bin', 'work']) mkdirSync(join(home, dir));
  writeFileSync(join(home, 'bin/systemd-run'), `#!/bin/sh\nsleep ${seconds}\necho said\nexit ${exit}\n`, { mode: 0o755 });
  const body = [
    'params',
    'seams',
    'PATH=$HOME/bin:$PATH run_dir=$HOME rel=$HOME tree=$HOME user=web code=none why=none check_limit=1',
    String.raw`run_check 'sh -c sleep\0040900'`,
    'say code "$code"',
    'say why "$why"',
  ].join('\n');
  const parts = ['core/lib', 'core/run', 'deploy/probe', 'deploy/checks'];
  const { answer } = speak(shell, parts, body, home, { params: { privilege: 'none' } });
  return [answer?.get('code'), answer?.get('why')];
}

test.each(Object.keys(SHELLS))('a check that fails, and one that runs too long, are told apart under %s', shell => {
  expect(runCheck(shell, 0, 0)).toEqual(['none', 'none']);
  expect(runCheck(shell, 0, 143)).toEqual(['check-failed', 'check failed: sh -c sleep 900']);
  expect(runCheck(shell, 1.1, 1)).toEqual(['check-timeout', 'check ran longer than 1 s: sh -c sleep 900']);
});
