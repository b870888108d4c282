import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostRunner, Result } from '../../src/exec/runner.ts';
import { parseAnswer } from '../../src/host/answer.ts';
import { appIn, apps } from '../../src/host/facts/apps.ts';
import { hostRuns } from '../../src/host/facts/host-runs.ts';
import { parseWho } from '../../src/host/facts/machine.ts';
import { type FactQuestion, paramsOf, parseFacts } from '../../src/host/facts/section.ts';
import { runProgram } from '../../src/host/host.ts';
import { appConfig } from '../support/app-config.ts';
import { listening } from '../support/listening.ts';
import { scratch } from './support/scratch.ts';
import { LocalHost, NONCE, SHELLS, speak } from './support/shell.ts';

/** A host that answers with whatever `reply` makes of the program's nonce. */
function replying(reply: (nonce: string) => Partial<Result>): HostRunner {
  return {
    host: 'web1',
    executions: 0,
    run: (spec, options) => {
      const nonce = /nonce ([0-9a-f]{32})/.exec(String(spec.stdin))![1]!;
      const result: Result = { exit: 0, reason: 'exited', stdout: '', stderr: '', durationMs: 5, ...reply(nonce) };
      for (const line of result.stdout.split('\n')) options?.onLine?.(line, 'stdout');
      return Promise.resolve(result);
    },
    upload: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
  };
}

const digestOf = (text: string) => hash('sha256', text);

const CALL = { program: 'deploy.follow', privilege: 'sudo', params: { app: 'web' }, deadlineMs: 1000, mutates: false } as const;

describe('an answer', () => {
  test('is only what the frame holds; a talkative login shell is ignored', async () => {
    const lines: string[] = [];
    const runner = replying(nonce => ({
      stdout: `motd\n@${nonce}x current fake\r\n@${'0'.repeat(32)} current fake\n@${nonce} progress phase swap\n@${nonce} current releases/1\nnoise without an end@${nonce} current fake\n@${nonce} end 0\nlogout\n`,
    }));
    const answer = await runProgram(runner, { ...CALL, onProgress: line => lines.push(line) });
    expect([...answer.values.keys()].sort()).toEqual(['current', 'end', 'progress']);
    expect(answer.all('current')).toEqual(['releases/1']);
    expect(lines).toEqual(['phase swap']);
    expect(answer.status).toBe(0);
  });

  test.each([
    ['nothing', '', null],
    ['a line', 'Welcome\nback\n', 'Welcome'],
    ['an empty line', '\n', ''],
    ['an empty line and another', '\n\u001b[2J\nback\n', '\u001b[2J'],
    ['something without a newline', 'welcome', 'welcome'],
  ])('says what the login shell printed before it: %s', async (_what, before, noise) => {
    const stdout = (nonce: string) => `${before}@${nonce} user x\n@${nonce} os y\nmotd\n@${nonce} end 0\nlogout\n`;
    expect(
      (
        await runProgram(
          replying(nonce => ({ stdout: stdout(nonce) })),
          CALL,
        )
      ).noise,
    ).toBe(noise);
  });

  test.each<[string, (nonce: string) => Partial<Result>]>([
    ['no frame at all, exit 0', () => ({ stdout: 'hello\n' })],
    ['a frame without an end', nonce => ({ stdout: `@${nonce} current releases/1\n` })],
    ['an end of another call', nonce => ({ stdout: `@${nonce} current x\n@${'f'.repeat(32)} end 0\n` })],
    ['something behind the end', nonce => ({ stdout: `@${nonce} end 0\n@${nonce} current x\n` })],
    ['an end that is cut', nonce => ({ stdout: `@${nonce} end ` })],
    [
      'exit 255 after a cut connection',
      nonce => ({ exit: 255, stdout: `@${nonce} progress phase swap\n`, stderr: 'client_loop: send disconnect: Broken pipe\n' }),
    ],
  ])('with %s is unknown: neither ok nor failed', async (_what, reply) => {
    await expect(runProgram(replying(reply), CALL)).rejects.toMatchObject({ code: 'outcome-unknown', exit: 'unknown' });
  });

  test('with lines of a journal hands them on and does not hold them', async () => {
    const lines: string[] = [];
    const runner = replying(nonce => ({ stdout: `@${nonce} log one\n@${nonce} alive \n@${nonce} log two\n@${nonce} end 0\n` }));
    const { run } = runner;
    runner.run = async (spec, options) => ({ ...(await run(spec, options)), ...(spec.stdoutByLine && { stdout: '' }) });
    const answer = await runProgram(runner, { ...CALL, onLog: line => lines.push(line) });
    expect(lines).toEqual(['one', 'two']);
    expect([...answer.values]).toEqual([['end', ['0']]]);
    await expect(
      runProgram(
        replying(nonce => ({ stdout: `@${nonce} log one\n` })),
        { ...CALL, onLog: () => undefined },
      ),
    ).rejects.toMatchObject({ code: 'outcome-unknown' });
  });

  test('goes through the privilege command, and names nothing in argv', async () => {
    const host = new LocalHost(scratch());
    const call = { ...CALL, privilege: 'none', params: { app: 'web', run: 'r-secret' } } as const;
    const answer = await runProgram(host, call);
    expect(answer.get('error')).toBe('run-unknown');
    expect(host.specs[0]).toMatchObject({
      program: '/bin/sh',
      args: ['-c', expect.stringContaining(' && exec /bin/sh -s; ')],
      mutates: false,
    });
    expect(host.specs[0]!.args.join()).not.toContain('r-secret');
    const words: string[] = [];
    const spy: HostRunner = { ...replying(nonce => ({ stdout: `@${nonce} end 0\n` })) };
    const { run } = spy;
    spy.run = (spec, options) => {
      words.push(spec.program, ...spec.args);
      return run(spec, options);
    };
    await runProgram(spy, CALL);
    expect(words).toEqual(['/bin/sh', '-c', expect.stringContaining(' && exec sudo -n /bin/sh -s; ')]);
  });

  test('comes of a program that arrived whole: with anything missing at its beginning nothing runs', async () => {
    const home = scratch();
    const eaten = async (bytes: number) => {
      const host = new LocalHost(home);
      const { run } = host;
      host.run = (spec, options) => run.call(host, { ...spec, stdin: String(spec.stdin).slice(bytes) }, options);
      return runProgram(host, { ...CALL, program: 'stop', privilege: 'none', params: { app: 'web', run: 'r-1', volatile: '1' } });
    };
    const line = 'head-'.length + 32 + 1;
    for (const bytes of [1, 5, line - 1, line, line + 1, line + 13, 4_000, 10_000_000])
      await expect(eaten(bytes), `${bytes} bytes`).rejects.toMatchObject({ code: 'stdin-read', exit: 'host-not-ready' });
    expect(existsSync(join(home, 'run/ops')), 'what the program would have made').toBe(false);
    await eaten(0);
    expect(existsSync(join(home, 'run/ops'))).toBe(true);
  });

  test('of any bytes parses or is unknown, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => void parseAnswer(NONCE, text.replaceAll('N', `\n@${NONCE} `))),
      { numRuns: 300 },
    );
  });
});

describe.each(Object.keys(SHELLS))('facts under %s', shell => {
  const app = (home: string, id = 'web') => appConfig({ id, path: join(home, 'srv/deep', id), user: 'root', services: [] });
  const look = async (home: string, sections: readonly FactQuestion[]) => {
    const host = new LocalHost(home, shell);
    const answer = await runProgram(host, {
      program: 'facts',
      privilege: 'none',
      params: paramsOf(sections),
      deadlineMs: 20_000,
      mutates: false,
    });
    return { answer, facts: parseFacts(answer, sections), executions: host.executions };
  };
  const ask = async (home: string, knownManifests: string[] = []) => {
    const { facts } = await look(home, [apps.ask({ apps: [app(home)], knownManifests })]);
    return { ...facts, app: appIn(facts, { id: 'web' }) };
  };

  test('of an empty machine: login, tools and disk, and nothing is written', async () => {
    const home = scratch();
    const facts = await ask(home);
    expect(facts.login).toMatchObject({ uid: process.getuid!(), home, privilege: 'ok' });
    expect(facts.who).toEqual({ kind: 'unproved', why: 'no client address' });
    expect(facts.tools.rsync).toMatch(/^rsync +version/);
    expect(facts.tools.mv).toContain('GNU coreutils');
    expect(Math.abs(facts.clock! - Date.now() / 1000)).toBeLessThan(5);
    expect(facts.app).toMatchObject({
      target: { kind: 'none' },
      current: null,
      releases: [],
      lock: null,
      lastRun: null,
      unitsDigest: '-',
    });
    expect(facts.app!.folders.map(({ kind, at, writable }) => `${kind} ${at} ${writable}`)).toEqual(
      ['app', 'releases', 'state', 'units', 'env'].map(kind => `${kind} ${home} yes`),
    );
    expect(facts.app!.folders[0]!.freeBytes).toBeGreaterThan(0);
    expect(readdirSync(home)).toEqual([]);
  });

  test('of what an app is started with, and of the name that its probes ask: what is not there', async () => {
    const home = scratch();
    const probe = { id: 'p', kind: 'http', from: 'host', target: 'http://{host}:3000/', status: [200] } as const;
    const limits = { contains: null, through: null, attempts: 1, intervalMs: 1, timeoutMs: 1 };
    const services = [
      ['a', '-sh -c true'],
      ['b', 'no-such-program --now'],
      ['c', `${home}/srv/deep/web/current/later`],
      ['d', './mine'],
      ['e', '/no/such/node server.js'],
      ['f', '"quoted name" x'],
    ].map(([name, run]) => ({ kind: 'run' as const, unit: `${name}.service`, run: run!, user: 'root' }));
    const asked = { ...app(home), services, checks: [['neither-this'], ['scripts/check']], probes: [{ ...probe, ...limits }] };
    const facts = async (fqdn: string) =>
      appIn((await look(home, [apps.ask({ apps: [asked], knownManifests: ['*'], fqdn })])).facts, asked)!;
    const { lacks, unresolved } = await facts('nowhere.invalid');
    expect(lacks).toEqual(['no-such-program', '/no/such/node', 'neither-this']);
    expect(unresolved).toEqual(['nowhere.invalid']);
    expect((await facts('localhost')).unresolved).toEqual([]);
  });

  test('of the ports where its probes ask, from here or from there: those that somebody else holds', async () => {
    const home = scratch();
    const ports = [await listening(), await listening()];
    const probe = {
      id: 'p',
      kind: 'tcp',
      status: [],
      contains: null,
      through: null,
      attempts: 1,
      intervalMs: 1,
      timeoutMs: 1,
    } as const;
    const probes = [
      { ...probe, from: 'host', target: `127.0.0.1:${ports[0]}` } as const,
      { ...probe, from: 'operator', target: `{host}:${ports[1]}` } as const,
      { ...probe, from: 'operator', target: `elsewhere.test:${ports[1]}` } as const,
    ];
    const asked = { ...app(home), probes };
    const { facts } = await look(home, [apps.ask({ apps: [asked], knownManifests: ['*'] })]);
    expect(appIn(facts, asked)!.heldPorts).toEqual(
      ports.map(port => ({ port, by: expect.stringContaining(`process ${process.pid} `) })),
    );
  });

  test.each(['current/', ''])('of shared paths: which are there, and which lie in %j of what is not ours', async tree => {
    const home = scratch();
    const shared = ['my data', '.env', 'empty', 'new', 'dangling'].map(path => ({ path, folder: false }));
    const { path } = app(home);
    mkdirSync(join(path, 'shared/my data'), { recursive: true });
    symlinkSync('/nowhere', join(path, 'shared/dangling'));
    mkdirSync(join(path, `${tree}empty`), { recursive: true });
    writeFileSync(join(path, `${tree}.env`), '');
    const ask = async () => (await look(home, [apps.ask({ apps: [{ ...app(home), shared }], knownManifests: [] })])).facts;
    const seen = async () => appIn(await ask(), { id: 'web' })!.shared.map(each => `${each.seen} ${each.path}`);
    expect(await seen()).toEqual(['there my data', 'elsewhere .env', 'none empty', 'none new', 'there dangling']);
    writeFileSync(join(path, '.ops'), 'app web\n');
    expect(await seen()).toContain('none .env');
  });

  test('of an app: releases in their states, current, manifest unless known, the last run and its record', async () => {
    const home = scratch();
    const { path } = app(home);
    const state = join(home, '.local/state/ops/apps/web');
    mkdirSync(join(path, 'releases/a'), { recursive: true });
    writeFileSync(join(path, '.ops'), 'app web\n');
    const put = (file: string, text: string) => {
      mkdirSync(join(state, file, '..'), { recursive: true });
      writeFileSync(join(state, file), text);
    };
    const manifest = `f\t644\t${'0'.repeat(64)}\ta b\n${'f\t644\tx\tmany\n'.repeat(2000)}`;
    put(
      'releases/a/meta',
      `seq=1\nid=a\ndigest=${digestOf('d1')}\ncreated=2026-11-21T07:00:00Z\ncommit=8c1f2ab\nrun=r-1\nby=dana@example.com\n`,
    );
    put('releases/a/state', 'proven\n');
    put('releases/a/spec', 'user web\nstable_ms 1000\nprobe p http a\\0040b - - 1 1 1\n');
    put('releases/a/manifest', manifest);
    put('releases/b/meta', 'seq=2\nid=b\ndigest=d2\nlink=/opt/old\n');
    put('releases/b/state', 'left  \n');
    put('runs/r-1/intent', 'by=dana@example.com\nsince=1795244400\nmode=deploy\nrelease=a\n');
    put('runs/r-1/progress', 'phase fence\nphase stable\ndetail phase fake\n');
    put('runs/r-1/record', 'outcome deployed\nevidence x\ty\tz=1\nend\n\n\npadding');
    put('releases/c/meta', 'seq=3\nid=c\n');
    put('releases/20261121-0700-aaaaaa/meta', 'seq=4\nid=20261121-0700-aaaaaa\n');
    for (const name of ['20261121-0700-aaaaaa', '20261121-0700-bbbbbb', '.partial-r-1', 'notes'])
      mkdirSync(join(path, 'releases', name));
    symlinkSync('nowhere', join(path, 'releases/20261121-0701-cccccc'));
    symlinkSync('releases/a', join(path, 'current'));
    symlinkSync('runs/r-1', join(state, 'last'));
    const facts = await ask(home);
    expect(facts.app).toMatchObject({
      target: { kind: 'ours' },
      current: {
        ...{ link: 'releases/a', release: 'a', broken: false },
        spec: 'user web\nstable_ms 1000\nprobe p http a\\0040b - - 1 1 1\n',
      },
      strays: ['20261121-0700-bbbbbb', '20261121-0701-cccccc'],
      releases: [
        { id: '20261121-0700-aaaaaa', seq: 4, present: true },
        {
          id: 'a',
          seq: 1,
          state: 'proven',
          digest: digestOf('d1'),
          commit: '8c1f2ab',
          by: 'dana@example.com',
          run: 'r-1',
          present: true,
          adopted: false,
        },
        { id: 'b', seq: 2, state: 'left', present: false, adopted: true, commit: null },
        { id: 'c', seq: 3, state: 'failed' },
      ],
      lastRun: {
        run: 'r-1',
        phase: 'stable',
        alive: false,
        since: '2026-11-21T07:00:00.000Z',
        record: { outcome: ['deployed'], evidence: ['x\ty\tz=1'] },
      },
    });
    expect(facts.app!.manifest).toBe(manifest);
    expect((await ask(home, [digestOf('d0'), digestOf('d1')])).app!.manifest).toBeNull();
    expect((await ask(home, ['*'])).app!.manifest).toBeNull();
  });

  test('of ten apps in one execution: each has its own, also where one of them is damaged', async () => {
    const home = scratch();
    const ids = Array.from({ length: 10 }, (_, at) => `app-${at}`);
    const put = (id: string, file: string, text: string) => {
      const path = join(home, '.local/state/ops/apps', id, file);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, text);
    };
    for (const id of ids.slice(0, 9)) {
      const { path } = app(home, id);
      mkdirSync(join(path, 'releases/a'), { recursive: true });
      writeFileSync(join(path, '.ops'), `app ${id}\n`);
      symlinkSync('releases/a', join(path, 'current'));
      put(id, 'releases/a/meta', `seq=1\nid=a\ndigest=${digestOf(id)}\n`);
      put(id, 'releases/a/state', id === 'app-3' ? 'nonsense\n' : 'proven\n');
      put(id, 'releases/a/manifest', `of ${id}\n`);
    }
    const asked = { apps: ids.map(id => app(home, id)), knownManifests: [digestOf('app-1')] };
    const { facts, executions } = await look(home, [apps.ask(asked), hostRuns.ask()]);
    expect(executions).toBe(1);
    expect([...apps.of(facts)!.keys()]).toEqual(ids);
    expect(apps.of(facts)!.get('app-3')).toMatchObject({ code: 'state-damaged' });
    for (const id of ['app-0', 'app-1', 'app-8'])
      expect(appIn(facts, { id })).toMatchObject({
        path: join(home, 'srv/deep', id),
        current: { release: 'a', broken: false },
        releases: [{ id: 'a', digest: digestOf(id) }],
        manifest: id === 'app-1' ? null : `of ${id}\n`,
        userUid: 0,
      });
    expect(appIn(facts, { id: 'app-9' })).toMatchObject({
      target: { kind: 'none' },
      current: null,
      manifest: null,
      lastRun: null,
    });
    expect(hostRuns.of(facts)).toMatchObject({ lock: null, last: null });
  });

  test('of the host itself: its last run, in the state or where a run lies that removes it; unasked, nothing', async () => {
    const home = scratch();
    const run = (folder: string, link: string, id: string, since: number, record?: string) => {
      mkdirSync(join(home, folder, id), { recursive: true });
      writeFileSync(join(home, folder, id, 'intent'), `by=dana@example.com\nsince=${since}\nmode=forget\n`);
      writeFileSync(join(home, folder, id, 'progress'), 'phase removing\n');
      if (record !== undefined) writeFileSync(join(home, folder, id, 'record'), `outcome ${record}\nend\n`);
      rmSync(join(home, link), { force: true });
      symlinkSync(folder.endsWith('runs') ? `runs/${id}` : id, join(home, link));
    };
    const last = async () => hostRuns.of((await look(home, [hostRuns.ask()])).facts)?.last;
    run('.local/state/ops/host/runs', '.local/state/ops/host/last', 'r-1', 1795244400, 'forgotten');
    expect(await last()).toMatchObject({ run: 'r-1', mode: 'forget', record: { outcome: ['forgotten'] } });
    run('run/ops', 'run/ops/last', 'r-2', 1795244500);
    expect(await last()).toMatchObject({ run: 'r-2', by: 'dana@example.com', phase: 'removing', alive: false, record: null });
    run('.local/state/ops/host/runs', '.local/state/ops/host/last', 'r-3', 1795244600, 'forgotten');
    expect(await last()).toMatchObject({ run: 'r-3', record: { outcome: ['forgotten'] } });
    const { answer, facts } = await look(home, []);
    expect(hostRuns.of(facts)).toBeNull();
    expect(hostRuns.of(parseFacts(answer, [hostRuns.ask()]))).toBeNull();
    expect(apps.of(facts)).toBeNull();
    expect([...answer.values.keys()].filter(key => key.includes('/'))).toEqual([]);
  });

  test('a stop is written down before the run has a unit, and refused when it is over', async () => {
    const home = scratch();
    const runs = join(home, '.local/state/ops/apps/web/runs');
    const stop = async (run: string) => {
      const call = {
        program: 'stop',
        privilege: 'none',
        params: { app: 'web', run },
        deadlineMs: 20_000,
        mutates: true,
      } as const;
      return (await runProgram(new LocalHost(home, shell), call)).get('error');
    };
    expect(await stop('r-1')).toBe('run-unknown');
    expect(existsSync(join(home, '.local'))).toBe(false);
    mkdirSync(join(runs, 'r-0'), { recursive: true });
    writeFileSync(join(runs, 'r-0/record'), 'outcome deployed\n');
    expect(await stop('r-0')).toBe('run-unknown');
    expect(await stop('r-1')).toBeUndefined();
    expect(readdirSync(join(runs, 'r-1'))).toEqual(['stop']);
    expect(statSync(join(runs, 'r-1')).mode & 0o777).toBe(0o700);
  });

  test('of a place that is not ours', async () => {
    const home = scratch();
    const { path } = app(home);
    mkdirSync(join(path, 'current'), { recursive: true });
    expect((await ask(home)).app).toMatchObject({ target: { kind: 'foreign' }, current: null, currentIsNoLink: true });
    writeFileSync(join(path, '.ops'), 'app other\n');
    expect((await ask(home)).app).toMatchObject({ target: { kind: 'other', owner: 'other' } });
  });
});

describe.each(Object.keys(SHELLS))('who under %s', shell => {
  const NODE =
    '{\n  "Node": {\n    "ID": 7,\n    "Name": "laptop.tail1234.ts.net.",\n    "Hostinfo": {\n      "Name": "not this"\n    }';
  const ask = (json: string, exit = 0) => {
    const body = `timeout() { cat "$HOME/json"; return ${exit}; }\ntailscale() { :; }\nSSH_CONNECTION='100.64.0.9 1 100.64.0.1 22'\nparams\nblobs "$HOME"\nwho`;
    const { answer } = speak(shell, ['core/lib', 'core/who'], body, scratch(), { blobs: { json } });
    return parseWho(answer?.get('who') ?? '');
  };

  test('a person, a tagged node, and what cannot be proved', () => {
    const user = `${NODE}\n  },\n  "UserProfile": {\n    "ID": 3,\n    "LoginName": "dana@example.com",\n    "DisplayName": "Dana"\n  }\n}\n`;
    expect(ask(user)).toEqual({ kind: 'user', login: 'dana@example.com', node: 'laptop.tail1234.ts.net' });
    const tagged = `${NODE},\n    "Tags": [\n      "tag:ci",\n      "tag:ops"\n    ]\n  },\n  "UserProfile": {\n    "LoginName": "tagged-devices"\n  }\n}\n`;
    expect(ask(tagged)).toEqual({ kind: 'tagged', node: 'laptop.tail1234.ts.net', tags: ['tag:ci', 'tag:ops'] });
    expect(ask('peer not found\n', 1)).toEqual({ kind: 'unproved', why: 'peer not found' });
    expect(ask('{}\n')).toMatchObject({ kind: 'unproved' });
  });
});
