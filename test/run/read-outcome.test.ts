import { describe, expect, test } from 'vitest';
import { type Answer, parseAnswer } from '../../src/host/answer.ts';
import { EARLIER_RESULTS, RESULTS } from '../../src/host/protocol.ts';
import { readOutcome } from '../../src/run/read-outcome.ts';

const NONCE = 'c0ffee00'.repeat(4);
const TOLD = { run: 'r-1', host: 'web1', executions: 3, seconds: 4, at: '2026-11-21T09:00:00.000Z' };

function answer(...lines: string[]): Answer {
  return parseAnswer(NONCE, [...lines, 'end 0'].map(line => `@${NONCE} ${line}`).join('\n'))!;
}

const read = (...lines: string[]) => readOutcome(answer(...lines), TOLD).outcome;

describe('the record is the outcome', () => {
  test.each(RESULTS.filter(word => word !== 'done'))('%s, with why and what was seen', word => {
    const record = [`record outcome ${word}`, 'record code probe-failed', 'record reason 503', 'record detail 503'];
    expect(read(...record, 'record detail boom', 'seen current releases/A')).toEqual({
      host: 'web1',
      result: word,
      code: 'probe-failed',
      message: '503',
      details: ['boom'],
      hints: [],
      seen: { current: 'releases/A' },
      evidence: [{ vantage: 'host', host: 'web1', subject: 'current', claim: 'is', observed: 'releases/A', at: TOLD.at }],
      executions: 3,
      seconds: 4,
    });
  });

  test('one without a reason says its own word', () => {
    expect(read('record outcome stuck')).toMatchObject({ result: 'stuck', code: 'stuck', message: 'stuck' });
    expect(read('record outcome refused', 'record code ', 'record reason ')).toMatchObject({ message: 'refused' });
  });

  test('what went well has nothing to explain', () => {
    const done = ['record outcome done', 'record code ok', 'record reason ', 'record detail removed release A'];
    expect(read(...done, 'record seen current releases/B', 'seen current releases/B')).toMatchObject({
      result: 'done',
      code: null,
      message: null,
      details: ['removed release A'],
      seen: { current: 'releases/B' },
    });
  });

  test.each(Object.entries(EARLIER_RESULTS))('%s, as an earlier version recorded it, is %s', (earlier, word) => {
    expect(read(`record outcome ${earlier}`, 'record current releases/A', 'seen current releases/A')).toMatchObject({
      result: word,
    });
  });

  test('its claims are evidence, seen from the host', () => {
    const line = 'record evidence http://127.0.0.1:80/\\x09probe page\\x09200 in 0.1 s';
    expect(read('record outcome done', line).evidence).toEqual([
      {
        vantage: 'host',
        host: 'web1',
        subject: 'http://127.0.0.1:80/',
        claim: 'probe page',
        observed: '200 in 0.1 s',
        at: TOLD.at,
      },
    ]);
  });
});

test.each([
  ['something else', ['record seen current releases/B', 'seen current releases/A']],
  ['nothing any more', ['record seen current releases/B']],
  [
    'more than one thing, of which one is other',
    ['record seen current B', 'record seen left 0', 'seen current B', 'seen left 2'],
  ],
])('a host that was looked at again and is %s is unknown, whatever the record hoped for', (_, lines) => {
  expect(read('record outcome done', ...lines)).toMatchObject({
    result: 'unknown',
    code: 'outcome-unknown',
    message: expect.stringMatching(/^(current|left) is not what the run recorded$/),
  });
});

test.each(['__proto__', 'constructor', 'toString'])('a host that says %s has said a word', word => {
  const lines = [`record ${word} x`, 'record outcome done', `record seen ${word} x`, `seen ${word} x`, `holder ${word}=x`];
  expect(read(...lines)).toMatchObject({ result: 'done' });
  expect(read(`record outcome ${word}`)).toMatchObject({ result: 'unknown' });
  expect(read(`error ${word}`)).toMatchObject({ result: 'failed', code: word === 'constructor' ? word : 'answer-unreadable' });
  expect(read('error lock-held', `holder_run ${word};x`)).toMatchObject({ hints: ['ops status'] });
});

describe('without a record nothing is claimed', () => {
  test.each([
    ['phase stable', 'watching whether it stays up'],
    ['phase of-a-newer-ops', 'of-a-newer-ops'],
    ['seen current releases/A', 'unknown'],
  ])('%s: last seen in words', (line, words) => {
    expect(read(line)).toMatchObject({
      result: 'unknown',
      code: 'outcome-unknown',
      message: `the run left no record; last seen: ${words}`,
      hints: ['ops resume r-1'],
    });
  });

  test('a word that this version does not know is unknown, too', () => {
    expect(read('record outcome splendid', 'phase stable')).toMatchObject({ result: 'unknown', hints: ['ops resume r-1'] });
  });

  test('what was seen is told all the same', () => {
    expect(read('phase swap', 'seen current releases/A')).toMatchObject({
      result: 'unknown',
      seen: { current: 'releases/A' },
      evidence: [{ subject: 'current', observed: 'releases/A' }],
    });
  });

  test('a lock that somebody holds: who, since when, and where it is', () => {
    const holder = ['by=dana', 'since=1795254838', 'phase=probe'].map(line => `holder ${line}`);
    expect(read('error lock-held', 'detail ops-app-web.service is running', 'holder_run r-9', ...holder)).toMatchObject({
      result: 'lock-held',
      code: 'lock-held',
      message: 'web1 is being changed by dana, r-9, since 2026-11-21T09:53:58.000Z: probing',
      hints: ['ops resume r-9   (to watch it)'],
    });
    expect(read('error lock-held')).toMatchObject({ message: 'web1 is being changed by someone, unknown: running' });
  });

  test('a program that refuses says why, and nothing was changed', () => {
    expect(read('error lingering-off', 'detail units of dana end at logout')).toMatchObject({
      result: 'failed',
      code: 'lingering-off',
      message: 'units of dana end at logout',
    });
    expect(read('error start-failed')).toMatchObject({ result: 'failed', message: 'start-failed' });
  });
});
