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

  describe('restart', () => {
    /** `shows` has the snapshots, one after each reset-failed; `asked` what systemctl does with `restart`. */
    function restart(shows: string[], { asked = 'return 0', goingBack = '' } = {}) {
      const home = scratch();
      const body = `params; mkdir -p "$HOME/d" && blobs "$HOME/d"; turn=0; : >"$HOME/resets"
        reset() { shift; echo "$*" >>"$HOME/resets"; [ ! -e "$HOME/d/seen.$((turn + 1))" ] || turn=$((turn + 1)); }
        sctl() { case $1 in show) cat "$HOME/d/seen.$turn" ;; reset-failed) shift; reset "$@" ;; esac; }
        systemctl() { ${asked}; }
        timeout() { shift; "$@"; }
        clock_ticks() { ticks=1; }
        manager=--system services=${WEB} start_ms=200 going_back=${goingBack}
        restart; say status $?; say code "\${bad_code-}"; say why "\${bad_why-}"; say_lines resets <"$HOME/resets"`;
      const blobs = Object.fromEntries(shows.map((text, index) => [`seen.${index + 1}`, text]));
      const { answer, stderr } = speak(shell, ['core/lib', 'deploy/services'], body, home, { blobs });
      expect(stderr).toBe('');
      return answer!;
    }
    const ONCE = shown(WEB, { restarts: '1' });

    test('an automatic one that was due at that moment is counted by systemd, and is ours', () => {
      const answer = restart([ONCE, shown(WEB)]);
      expect([answer.get('status'), answer.all('resets')]).toEqual(['0', [WEB, WEB]]);
    });

    test('a unit that was started again more than once is in a crash loop, and is not made to look well', () => {
      const answer = restart([shown(WEB, { restarts: '2' })]);
      expect([answer.get('status'), answer.get('code'), answer.all('resets')]).toEqual(['1', 'unit-crash-loop', [WEB]]);
    });

    test('one that systemd refuses leaves what ran before; going back, that may be what was gone back to', () => {
      const asked = 'echo "Operation refused, it may be requested by dependency only" >&2; return 4';
      expect(restart([shown(WEB)], { asked }).get('code')).toBe('unit-not-restarted');
      expect(restart([shown(WEB)], { asked }).get('why')).toMatch(/^was not restarted: Operation refused/);
      expect(restart([shown(WEB)], { asked, goingBack: '1' }).get('status')).toBe('0');
    });
  });
});
