import { expect, test } from 'vitest';
import { begin, ended, isOpen, outcomeOf, type Part, plainOutcome, toldOf } from '../../src/run/part.ts';
import { makeHost } from '../preflight/hosts.ts';
import { frozen, sessionOf } from '../support/deploy-run.ts';
import { RecordingHost } from '../support/recording-host.ts';

const clock = { now: () => Date.parse('2026-11-21T09:00:00Z') };
const step = { kind: 'x', undo: 'nothing to undo' };

function part(id: string, steps: Part['plan']['steps']): Part {
  const host = makeHost(id);
  const session = sessionOf(host, new RecordingHost(id, () => []));
  const plan = { host: id, fqdn: id, via: null, privilege: 'sudo', by: 'dana', limitMs: 1, steps } as const;
  return frozen({ host, session, plan, started: 0, outcome: null });
}

test('a run begins with the time; a host without steps has all of it already', () => {
  const [busy, idle] = begin(clock, 'r-1', [part('a', [step]), part('b', [])]);
  expect([isOpen(busy!), isOpen(idle!)]).toEqual([true, false]);
  expect(busy!.started).toBe(clock.now());
  expect(outcomeOf(idle!)).toMatchObject({ host: 'b', result: 'unchanged', message: null, executions: 0, seconds: 0 });
});

test('a part is never changed: what is known of it next is another value', () => {
  const before = part('a', [step]);
  const after = ended(before, plainOutcome(toldOf(clock, 'r-1', before), 'done'));
  expect(after).not.toBe(before);
  expect(begin(clock, 'r-1', [before])[0]).not.toBe(before);
  expect([before.outcome, before.started, outcomeOf(after).result]).toEqual([null, 0, 'done']);
});

test('a run that would end without knowing what became of a host is a bug', () => {
  expect(() => outcomeOf(part('a', [step]))).toThrow(expect.objectContaining({ code: 'bug' }));
});
