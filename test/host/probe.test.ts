import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from './support/scratch.ts';
import { serve } from './support/serve.ts';
import { SHELLS, speak } from './support/shell.ts';

const WITHOUT_BASH = 'command() { [ "$2" != bash ]; }';

test.each(Object.keys(SHELLS))('by a name that only its tailnet knows, a host asks its own address, under %s', async shell => {
  const [home, port] = [scratch(), await serve()];
  mkdirSync(join(home, 'bin'));
  const ask = (name: string) => {
    const body = `params; PATH=$HOME/bin:$PATH status=200 timeout=2000 contains='ready as ${name}:${port}'
      seconds() { echo 1; }
      saying() { probe_"$1"; say "$2" "$? $observed"; }
      target='http://${name}:${port}/page?a=b' && saying http http
      target=${name}:${port} && saying tcp tcp
      ${WITHOUT_BASH}; saying tcp bare
      locate ${name} && say known yes; exit 0`;
    const { answer } = speak(shell, ['core/lib', 'deploy/probe'], body, home);
    return ['http', 'tcp', 'bare', 'known'].map(key => answer?.get(key));
  };
  const answers = [expect.stringMatching(/^0 200 /), '0 connected', '0 connected', 'yes'];
  const nobody = [
    expect.stringMatching(/^1 .*not resolve/),
    expect.stringMatching(/^1 /),
    expect.stringMatching(/^1 /),
    undefined,
  ];
  expect(ask('web1.lab.invalid')).toEqual(nobody);
  writeFileSync(join(home, 'bin/tailscale'), '#!/bin/sh\n[ "$*" = "ip -4 web1.lab.invalid." ] && echo 127.0.0.1\n', {
    mode: 0o755,
  });
  expect(ask('web1.lab.invalid')).toEqual(answers);
  expect(ask('web2.lab.invalid')).toEqual(nobody);
});
