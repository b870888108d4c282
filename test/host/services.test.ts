import { describe, expect, test } from 'vitest';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

/** What `systemctl show` prints, reordered and cut as the program asks for it; recorded from systemd 252. */
function shown(
  unit: string,
  state: Partial<
    Record<'type' | 'load' | 'active' | 'sub' | 'restarts' | 'invocation' | 'result' | 'status' | 'job', string>
  > = {},
): string {
  const {
    type = 'exec',
    load = 'loaded',
    active = 'active',
    sub = 'running',
    restarts = '0',
    invocation = 'abc',
    result = 'success',
    status = '0',
    job = '',
  } = state;
  return `Type=${type}\nNRestarts=${restarts}\nResult=${result}\nExecMainStatus=${status}\nExecMainPID=4711\nId=${unit}\nLoadState=${load}\nActiveState=${active}\nSubState=${sub}\nInvocationID=${invocation}\n${job && `Job=${job}\n`}`;
}

const WEB = 'web.service';
const CASES: [what: string, snapshot: string[], verdict: string, code?: string, why?: RegExp][] = [
  ['active', [shown(WEB)], 'up'],
  ['two active', [shown(WEB), shown('worker.service', { invocation: 'def' })], 'up'],
  [
    'a timer, which knows no restarts',
    [`Id=web.timer\nLoadState=loaded\nActiveState=active\nSubState=waiting\nResult=success\nInvocationID=abc\n`],
    'up',
  ],
  ['still activating', [shown(WEB, { active: 'activating', sub: 'start' })], 'waiting'],
  [
    'one active, one still activating',
    [shown(WEB), shown('worker.service', { active: 'activating', sub: 'start-pre' })],
    'waiting',
  ],
  [
    'between an old process that had to be killed and a new one',
    [shown(WEB, { active: 'failed', sub: 'failed', result: 'timeout', job: '4711' })],
    'waiting',
  ],
  [
    'about to be started again after a crash',
    [shown(WEB, { active: 'inactive', sub: 'dead', restarts: '1', result: 'exit-code', job: '4711' })],
    'down',
    'unit-crash-loop',
    /restarted 1 times/,
  ],
  [
    'between two crashes',
    [shown(WEB, { active: 'activating', sub: 'auto-restart', result: 'exit-code', status: '3' })],
    'down',
    'unit-crash-loop',
    /exit 3$/,
  ],
  [
    'between two crashes, systemd 254',
    [shown(WEB, { active: 'activating', sub: 'auto-restart-queued', result: 'signal', status: '9' })],
    'down',
    'unit-crash-loop',
    /signal 9$/,
  ],
  ['active in the middle of a crash loop', [shown(WEB, { restarts: '4' })], 'down', 'unit-crash-loop', /restarted 4 times$/],
  [
    'given up on',
    [shown(WEB, { active: 'failed', sub: 'failed', restarts: '5', result: 'start-limit-hit' })],
    'down',
    'unit-crash-loop',
    /restarted 5 times, start-limit-hit/,
  ],
  [
    'failed without a restart',
    [shown(WEB, { active: 'failed', sub: 'failed', result: 'exit-code', status: '203' })],
    'down',
    'unit-failed',
    /^failed, exit 203$/,
  ],
  ['ended well, but it should run', [shown(WEB, { active: 'inactive', sub: 'dead' })], 'down', 'unit-failed', /^not running$/],
  ['a one-shot that ended well', [shown(WEB, { type: 'oneshot', active: 'inactive', sub: 'dead' })], 'up'],
  [
    'a one-shot that failed',
    [shown(WEB, { type: 'oneshot', active: 'failed', sub: 'failed', result: 'exit-code', status: '1' })],
    'down',
    'unit-failed',
    /exit 1/,
  ],
  [
    'no such unit',
    [shown(WEB, { load: 'not-found', active: 'inactive', sub: 'dead' })],
    'down',
    'unit-missing',
    /not on this host/,
  ],
  [
    'one waits, the other is down',
    [shown('a.service', { active: 'activating', sub: 'start' }), shown(WEB, { active: 'failed', sub: 'failed' })],
    'down',
    'unit-failed',
    /failed/,
  ],
];

describe.each(Object.keys(SHELLS))('under %s', shell => {
  test.each(CASES)('%s', (_what, snapshot, verdict, code, why) => {
    const body = `params\nmkdir -p "$HOME/d" && blobs "$HOME/d"\nseen=$(cat "$HOME/d/seen")\njudge\nsay verdict "$verdict"\nsay unit "\${bad_unit-}"\nsay code "\${bad_code-}"\nsay why "\${bad_why-}"\n`;
    const { answer, stderr } = speak(shell, ['core/lib', 'deploy/services'], body, scratch(), {
      blobs: { seen: snapshot.join('\n') },
    });
    expect(stderr).toBe('');
    expect(answer?.get('verdict')).toBe(verdict);
    expect(answer?.get('code')).toBe(code ?? '');
    if (code === undefined) return;
    expect(answer?.get('unit')).toBe(WEB);
    expect(answer?.get('why')).toMatch(why!);
  });

  test.each([
    ['auto', ['100ms'], 5000],
    ['auto', ['1s', '10s'], 22_000],
    ['auto', ['1min 30s'], 182_000],
    ['auto', ['infinity'], 5000],
    ['1234', ['1h'], 1234],
  ])('the window %s with RestartSec %s is %d ms', (stable, spans, expected) => {
    const body = `sctl() { printf '%s\\n' ${spans.map(span => `'${span}'`).join(' "" ')}; }\nparams\nservices=x stable_ms=${stable}\nwindow\nsay stable "$stable"`;
    expect(speak(shell, ['core/lib', 'deploy/services'], body, scratch()).answer?.get('stable')).toBe(`${expected}`);
  });
});
