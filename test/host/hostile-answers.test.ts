import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { OpsError } from '../../src/errors.ts';
import { LocalRunner } from '../../src/exec/local.ts';
import type { HostRunner, LocalSpec, Runner } from '../../src/exec/runner.ts';
import { SelfRunner } from '../../src/exec/ssh.ts';
import { blocks, parseAnswer, readFrom } from '../../src/host/answer.ts';
import { appIn, apps } from '../../src/host/facts/apps.ts';
import { hostRuns } from '../../src/host/facts/host-runs.ts';
import { paramsOf, parseFacts } from '../../src/host/facts/section.ts';
import { runProgram } from '../../src/host/host.ts';
import { appConfig } from '../support/app-config.ts';

const NONCE = '0'.repeat(32);
const app = appConfig({ id: 'web' });
const QUESTIONS = [apps.ask({ apps: [app], knownManifests: [], ours: 'texts', kept: true }), hostRuns.ask()];
const FACTS = {
  program: 'facts',
  privilege: 'none',
  params: paramsOf(QUESTIONS),
  deadlineMs: 60_000,
  mutates: false,
} as const;

function factsFrom(lines: readonly string[]) {
  const answer = parseAnswer(NONCE, [...lines, 'end 0'].map(line => `@${NONCE} ${line}`).join('\n'))!;
  return readFrom('web1', () => parseFacts(answer, QUESTIONS));
}

/** A host whose login shell runs this, whatever it is asked; `$nonce` is that of the program. */
function hostThatRuns(script: string): HostRunner {
  const local = new LocalRunner();
  const hostile: Runner = {
    run: (spec: LocalSpec, options) => {
      const nonce = /^nonce ([0-9a-f]{32})$/m.exec(String(spec.stdin))![1]!;
      return local.run({ ...spec, program: '/bin/sh', args: ['-c', `nonce=${nonce}; ${script}`] }, options);
    },
  };
  return new SelfRunner('web1', hostile);
}

describe('what has not its form was not said', () => {
  const pin = 'host web2.lab.test\\x0a  tailnet lab.test';

  test('an id of the machine with a line in it', () => {
    expect(factsFrom([`machine_id 0123456789abcdef0123456789abcdef\\x0a${pin}`]).machineId).toBe(null);
    expect(factsFrom(['machine_id uninitialized']).machineId).toBe(null);
    expect(factsFrom(['machine_id 0123456789abcdef0123456789abcdef']).machineId).toBe('0123456789abcdef0123456789abcdef');
  });

  test('whoever is said to be logged in, where a file or a command would have more of it', () => {
    expect(factsFrom(['user a; rm -rf /', 'home /root/../etc', 'who user a\\x0ab\\x09node']).login).toMatchObject({
      user: '',
      home: '',
    });
    expect(factsFrom(['who user a\\x0ab\\x09node']).who.kind).toBe('unproved');
    expect(factsFrom(['who tagged n\\x09tag:ci --x tag:a;b']).who).toEqual({ kind: 'tagged', node: 'n', tags: ['tag:ci'] });
  });

  test('ids, digests and paths of an app', () => {
    const [bad, digest] = ['../../../../etc/passwd', 'a'.repeat(64)];
    const facts = factsFrom(
      [
        ...['target none', 'target_path ../x', `units_digest ${bad}`, `current_release ${bad}`, `stray ${bad}`, `created ${bad}`],
        ...['taken a;b /x', 'held_port 80;x y', 'lacks $(x)', 'unresolved -oProxyCommand=x'],
        ...[`mode 644 ${bad}`, `variable A;B ${digest}`, 'shut $(id) /srv/web/shared'],
        ...['release id=20260101-0000-aaaaaa', `release digest=${bad}`, 'release service=-x;y', `release file=${digest} ${bad}`],
        ...['release probe=ask x http http://x - - 1e9 1 1', 'release '],
        ...[`release id=${bad}`, 'release state=proven', 'release '],
        ...['run run=-r;x', 'run alive=1', 'run '],
      ].map(line => `web/${line}`),
    );
    const found = appIn(facts, app)!;
    expect(found.releases).toMatchObject([{ id: '20260101-0000-aaaaaa', digest: '', services: [], probes: [] }]);
    expect(found).toMatchObject({ target: { kind: 'none' }, unitsDigest: '-', current: null, lock: null });
    expect(found.kept.get('20260101-0000-aaaaaa')?.files).toEqual([]);
    const { strays, created, taken, heldPorts, lacks, unresolved, installed, variables, shut } = found;
    expect([strays, created, taken, heldPorts, lacks, unresolved, installed, variables, shut].flat()).toEqual([]);
  });
});

describe('names that mean something here are names like any other', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s', name => {
    const facts = factsFrom(
      [
        ...[`${name} x`, `tool ${name} x`],
        ...['target none', 'run run=r-1', 'run alive=0', `run record=${name} x`, `run record=${name} y`, `run about.${name}=x`],
        ...['run ', 'last_run r-1', `unit ${name}=x`],
      ].flatMap(line => [line, `web/${line}`]),
    );
    expect(Object.keys(facts.tools)).not.toContain(name);
    expect(appIn(facts, app)?.lastRun?.record?.[name]).toEqual(['x', 'y']);
    expect(({} as Record<string, unknown>).x).toBe(undefined);
  });
});

describe('an answer has its limits', () => {
  test('equal keys by the hundred thousand are read in time', () => {
    const lines = Array.from({ length: 190_000 }, () => 'x=y');
    const began = process.cpuUsage();
    expect(blocks(lines)[0]!.get('x')).toHaveLength(190_000);
    expect(factsFrom(['web/target none', ...lines.flatMap(line => [`web/run ${line}`])]).sections.size).toBe(2);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(2_000);
  });

  test.each([
    ['400,000 equal keys', 'yes "@$nonce web/run x=y" | head -n 400000; echo "@$nonce end 0"', /said more than 200000 lines/],
    ['a frame without an end', 'yes "@$nonce web/edited $(head -c 999 /dev/zero | tr "\\0" x)"', /said more than 16 MB/],
    ['noise without an end', 'yes', /said more than 200000 lines/],
    ['a line without an end', 'tr "\\0" x </dev/zero', /said more than/],
    ['complaints without an end', 'yes >&2', /said more than/],
  ])('%s: it is the outcome of that host', async (_what, script, message) => {
    const started = performance.now();
    await expect(runProgram(hostThatRuns(script), FACTS)).rejects.toMatchObject({
      code: 'said-too-much',
      message: expect.stringMatching(message),
    });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test('Ctrl-C acts while it is read', async () => {
    const abort = new AbortController();
    const running = runProgram(hostThatRuns('yes "@$nonce progress phase swap" | head -c 15000000; exec sleep 60'), {
      ...FACTS,
      signal: abort.signal,
      onProgress: () => {
        if (!abort.signal.aborted) abort.abort('interrupted');
      },
    });
    const started = performance.now();
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('of 1 GB nothing stays', () => {
    const script = `
      import { LocalRunner } from '${new URL('../../src/exec/local.ts', import.meta.url)}';
      import { SelfRunner } from '${new URL('../../src/exec/ssh.ts', import.meta.url)}';
      import { runProgram } from '${new URL('../../src/host/host.ts', import.meta.url)}';
      const local = new LocalRunner();
      const run = (spec, options) => {
        const nonce = /^nonce ([0-9a-f]{32})$/m.exec(spec.stdin)[1];
        const script = \`yes "@\${nonce} web/edited /srv/web/releases/x" | head -c 1000000000\`;
        return local.run({ ...spec, program: '/bin/sh', args: ['-c', script] }, options);
      };
      const call = { program: 'facts', privilege: 'none', params: {}, deadlineMs: 60_000, mutates: false };
      const error = await runProgram(new SelfRunner('web1', { run }), call).catch(error => error);
      console.log(error.code, process.resourceUsage().maxRSS);
    `;
    const node = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 60_000 });
    const [code, kilobytes] = node.stdout.trim().split(' ');
    expect(code, node.stderr).toBe('said-too-much');
    expect(Number(kilobytes)).toBeLessThan(300_000);
  });
});

test('whatever reading it throws is the outcome of that host', () => {
  const reading = (error: unknown) => () =>
    readFrom('web1', () => {
      throw error;
    });
  expect(reading(new TypeError('x is not iterable'))).toThrow(
    expect.objectContaining({
      code: 'answer-unreadable',
      exit: 'unknown',
      message: 'the answer of web1 cannot be read: x is not iterable',
    }),
  );
  const known = new OpsError('state-damaged', 'host-not-ready', 'x');
  expect(reading(known)).toThrow(known);
});
