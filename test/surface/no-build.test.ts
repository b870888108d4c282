import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/program.ts';

const checkout = mkdtempSync(join(tmpdir(), 'ops-no-build-'));
beforeAll(() => {
  for (const part of ['package.json', 'bin']) cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

test.each([[[]], [['--version']], [['--help']], [['deploy', 'web']], [['status', '--json']]])(
  'a checkout without a build says so: ops %j',
  argv => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'bin/run.js'), ...argv], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'this checkout of ops has no build (build-missing) · exit 1\n→ npm run build\n',
    });
  },
);
