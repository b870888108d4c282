import { expect, test } from 'vitest';
import type { ProbeConfig } from '../../../src/config/types.ts';
import { probeSteps } from '../../../src/deploy/plan/probes.ts';
import { appConfig } from '../../support/app-config.ts';

const times = { status: [200], attempts: 1, intervalMs: 1, timeoutMs: 1 };
const probe = (more: Partial<ProbeConfig> = {}): ProbeConfig => {
  return {
    id: 'p',
    kind: 'http',
    target: 'http://127.0.0.1:80/',
    from: 'host',
    contains: null,
    through: null,
    ...times,
    ...more,
  };
};
const naming = { release: 'R', digest: 'D', commit: 'C' };
const steps = (more: Partial<ProbeConfig>, named: Parameters<typeof probeSteps>[2] = naming) =>
  probeSteps(appConfig({ probes: [probe(more)] }), 'web1.lab.test', named)[0]!;

test('an answer can name the release, by its three words and no others', () => {
  expect(steps({ contains: '{"v":"{release}/{digest}/{commit}"} {host} {a}' })).toMatchObject({
    contains: '{"v":"R/D/C"} {host} {a}',
    names: true,
  });
  expect(steps({ contains: '{"ok":true}' })).toMatchObject({ contains: '{"ok":true}', names: false });
});

test('a commit that nothing is of cannot be asked for', () => {
  expect(() => steps({ contains: '{commit}' }, { ...naming, commit: null })).toThrow(
    expect.objectContaining({ code: 'probe-commit-unknown', exit: 'usage' }),
  );
});

test.each([
  ['http://127.0.0.1:3000/health', 3000],
  ['http://localhost/', 80],
  ['https://[::1]/', 443],
  ['http://{host}:8080/', 8080],
  ['127.0.0.1:5432', 5432],
  ['{host}:22', 22],
  ['http://example.com:3000/', null],
  ['10.0.0.1:80', null],
  ['http://0x7f.1:3000/', 3000],
  ['http://[::]:3000/', 3000],
  ['http://example.com/{host}', null],
])('somebody on the host listens for %s on %s', (target, port) => {
  expect(steps({ target }).port).toBe(port);
});

test('whoever listens for a question from here has to be of the app as well', () => {
  expect(steps({ target: 'http://{host}:8080/', from: 'operator' }).port).toBe(8080);
});
