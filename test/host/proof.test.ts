import { describe, expect, test } from 'vitest';
import { listening } from '../support/listening.ts';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

describe.each(Object.keys(SHELLS))('under %s', shell => {
  test.each([
    ['http://127.0.0.1:PORT/', '127.0.0.1', true],
    ['LocalHost:PORT', '127.0.0.1', true],
    ['http://[::1]:PORT/?to=db', '0.0.0.0', true],
    ['http://web1.lab.test:PORT/', '0.0.0.0', true],
    ['http://web1.lab.test:PORT/127.0.0.1', '127.0.0.1', false],
    ['db127.lab.test:PORT', '127.0.0.1', false],
    ['localhost-7.lab.test:PORT', '127.0.0.1', false],
  ])('what %s reaches of a port at %s', async (target, address, reached) => {
    const port = await listening(address);
    const body = 'params\nsockets_at "$p_target" "$p_port"\nsay sockets "$sockets"';
    const params = { target: target.replace('PORT', `${port}`), port: `${port}` };
    const { answer } = speak(shell, ['core/lib', 'deploy/proof'], body, scratch(), { params });
    expect(answer?.get('sockets')).toMatch(reached ? /^socket:\[\d+\]$/ : /^$/);
  });
});
