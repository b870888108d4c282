import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { describeConfig, placeholders, resolveEnv } from '../../src/config/index.ts';
import { OpsError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { folder, load } from './in-folder.ts';

const CANARY = 'canary-4f1c9e';

describe('resolveEnv', () => {
  it('gives literals as text and references as secrets', () => {
    const env = resolveEnv({ PORT: '3000', TOKEN: { env: 'WEB_TOKEN' } }, { WEB_TOKEN: CANARY });
    expect(env.PORT).toBe('3000');
    expect(env.TOKEN).toBeInstanceOf(Secret);
    expect((env.TOKEN as Secret).reveal()).toBe(CANARY);
    expect((env.TOKEN as Secret).label).toBe('env WEB_TOKEN');
    expect(JSON.stringify(env)).not.toContain(CANARY);
  });

  it('names everything that is missing, the variable and the key', () => {
    const resolve = () =>
      resolveEnv({ A: { env: 'X' }, B: { env: 'Y' }, C: { env: 'Z' }, D: { env: 'X' } }, { Y: '', Z: CANARY }, 'apps.web.env');
    expect(resolve).toThrow(OpsError);
    try {
      resolve();
    } catch (error) {
      const { code, exitCode, message, problems, hints } = error as OpsError;
      expect([code, exitCode, message]).toEqual(['credential-missing', 14, 'not set: X, Y']);
      expect(problems).toEqual([
        { key: 'apps.web.env.A', message: 'expected the environment variable X, found it unset' },
        { key: 'apps.web.env.B', message: 'expected the environment variable Y, found it empty' },
        { key: 'apps.web.env.D', message: 'expected the environment variable X, found it unset' },
      ]);
      expect(hints).toEqual(['export X=…', 'export Y=…']);
    }
  });

  it('refuses what is not UTF-8 by name, as a process finds it', () => {
    const read = 'process.stdout.write(JSON.stringify(process.env.BAD))';
    // A shell, since what Node hands on as an environment is UTF-8 always.
    const set = `BAD="$(printf 'caf\\351')" exec "$0" -e '${read}'`;
    const found = JSON.parse(execFileSync('/bin/sh', ['-c', set, process.execPath], { encoding: 'utf8' }));
    const resolve = () => resolveEnv({ A: { env: 'BAD' }, B: { env: 'GOOD' } }, { BAD: found, GOOD: 'café' }, 'apps.web.env');
    expect(resolve).toThrow(
      expect.objectContaining({
        code: 'credential-not-text',
        exitCode: 2,
        message: 'not UTF-8: BAD',
        problems: [{ key: 'apps.web.env.A', message: 'expected UTF-8 text in the environment variable BAD' }],
      }),
    );
  });

  it('does not take what every object has for a variable', () => {
    expect(() => resolveEnv({ A: { env: 'constructor' } }, {})).toThrow(OpsError);
  });
});

describe('placeholders', () => {
  it.each([
    'changeme',
    'CHANGE_ME',
    '<token>',
    '<your api key>',
    'xxx',
    'XXXXXXXX',
    'TODO',
    'fixme',
    'your-key-here',
    'YOUR_API_KEY',
    '${TOKEN}',
    '$TOKEN',
  ])('names the variable that holds %s, and not the value', value => {
    expect(placeholders({ KEY: new Secret('env K', value), MODE: 'production' })).toEqual(['KEY']);
    expect(placeholders({ KEY: value })).toEqual(['KEY']);
  });

  it.each(['', 'x', 'xx', 'changeme-4f1c', 'a <b> c', 'todo-app', 'your', 'https://example.com/$x', '0'])('lets %j be', value => {
    expect(placeholders({ KEY: value })).toEqual([]);
  });
});

describe('describeConfig', () => {
  it('is JSON-safe, keeps references, and redacts what looks like a secret', async () => {
    const env = `{PORT: 1, T: {env: WEB_TOKEN}, API_KEY: ${CANARY}, DB: "postgres://u:${CANARY}@db/x", KEYBOARD: qwerty}`;
    const root = await folder({
      'ops.yaml': `version: 1\ntailnet: t.ts.net\nhosts: {web1: }\napps: {web: {hosts: web1, env: ${env}}}\n`,
    });
    const shown = JSON.parse(JSON.stringify(describeConfig(await load(root, { env: { WEB_TOKEN: CANARY } }))));
    expect(shown.apps.web.env).toEqual({
      PORT: '1',
      T: { env: 'WEB_TOKEN' },
      API_KEY: '[REDACTED]',
      DB: 'postgres://u:[REDACTED]@db/x',
      KEYBOARD: 'qwerty',
    });
    expect(JSON.stringify(shown)).not.toContain(CANARY);
    expect(shown.hosts.web1.user).toBe('root');
  });
});
