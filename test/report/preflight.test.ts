import { expect, test } from 'vitest';
import type { CheckResult } from '../../src/preflight/result.ts';
import type { Preflight } from '../../src/preflight/types.ts';
import { renderFindings } from '../../src/report/preflight.ts';
import { createTheme } from '../../src/report/theme.ts';
import { makeHost } from '../preflight/hosts.ts';

const result = (id: string, verdict: CheckResult['verdict'], message: string) =>
  ({ id, host: 'web1', verdict, code: `${id}-code`, message, vantage: 'operator', durationMs: 1 }) as CheckResult;

function rendered(results: readonly CheckResult[]): string[] {
  const report = { host: makeHost('web1'), fqdn: 'web1.lab.test', address: '100.64.0.1', path: null, via: null, results };
  return renderFindings({ reports: [report] } as unknown as Preflight, createTheme(false)).slice(1);
}

test('what was skipped is told by its own reason', () => {
  const results = [
    result('ssh', 'fail', 'no route'),
    result('host-key', 'skip', 'ssh did not get as far as the host key'),
    ...['machine', 'privilege', 'clock', 'disk'].map(id => result(id, 'skip', 'need ssh')),
  ];
  expect(rendered(results)).toEqual([
    '  [FAIL] ssh         no route',
    '  [SKIP] host-key: ssh did not get as far as the host key',
    '  [SKIP] machine, privilege, clock, … (4): need ssh',
  ]);
});
