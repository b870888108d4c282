import { expect, test } from 'vitest';
import { classifyFailedLook } from '../../src/exec/classify.ts';
import { SshRunner } from '../../src/exec/ssh.ts';
import { ScriptedRunner } from '../tailnet/scripted-runner.ts';
import { TARGET } from './ssh-target.ts';

const SPEC = { program: 'true', args: [], deadlineMs: 1_000, mutates: false };
const told = (line: number, text: string, level = 'debug1: ') =>
  `${level}kex.c:kex_exchange_identification():${line} (pid=29472): ${text}\r\n`;
const LOCAL = told(1347, 'Local version string SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6');

/** What ssh 9.2 says of a connection, with its own words at the end. */
async function first(stderr: string) {
  const recorder = new ScriptedRunner(() => ({ exit: 255, stderr }));
  const session = new SshRunner('web1', TARGET, recorder);
  const result = await session.run(SPEC);
  await session.run(SPEC);
  return { greeting: await session.greeting, result, recorder };
}

test('the first program of a connection tells what greeted it, and nothing of that is left in what it said', async () => {
  const software = told(1456, 'Remote protocol version 2.0, remote software version OpenSSH_9.2p1 Debian-2+deb12u10');
  const { greeting, result, recorder } = await first(`${LOCAL}${software}x@y: Permission denied (publickey).\r\n`);
  expect(greeting).toEqual({ banner: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10', ms: expect.any(Number) });
  expect(result.stderr).toBe('x@y: Permission denied (publickey).\r\n');
  const asked = recorder.ran.map(({ args }) => args.filter(arg => arg.startsWith('LogVerbose=')));
  expect(asked[0]?.[0]).toBe('LogVerbose=kex.c:kex_exchange_identification():*');
  expect(asked[1]).toEqual(['LogVerbose=none']);
});

test.each([
  ['sshd that says that it takes none for now', [told(1430, 'banner line 0: Not allowed at this time')], 'ssh-turned-away'],
  ['sshd that only closes', [told(1383, 'Connection closed by remote host', '')], 'ssh-turned-away'],
  ['a web server', [told(1430, 'banner line 0: HTTP/1.1 400 Bad')], 'ssh-banner'],
  [
    'what speaks in bytes',
    [
      told(1399, 'banner line contains invalid characters', ''),
      'banner exchange: Connection to 127.0.0.1 port 20799: invalid format\r\n',
    ],
    'ssh-banner',
  ],
])('%s is told apart', async (_what, lines, code) => {
  const closed = told(1388, 'read: Connection reset by peer', '');
  const end = code === 'ssh-banner' && lines.length > 1 ? '' : `${closed}Connection reset by 127.0.0.1 port 20799\r\n`;
  const { greeting, result } = await first(`${LOCAL}${lines.join('')}${end}`);
  expect(greeting).toBeNull();
  expect(classifyFailedLook(result, 'web1').code).toBe(code);
});
