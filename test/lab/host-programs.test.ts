import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Host, type Lab, startLab } from '../../lab/index.ts';
import type { Privilege } from '../../src/config/types.ts';
import { parseAnswer } from '../../src/host/answer.ts';
import { compose, enclose, readProgramFile } from '../../src/host/compose.ts';
import { parseRecord } from '../../src/host/facts/runs.ts';
import { runProgram } from '../../src/host/host.ts';
import { Deployer } from './support/deployer.ts';
import { factsOf, LabRunner } from './support/host-programs.ts';
import type { Release } from './support/release.ts';

let lab: Lab;
let host: Host;

beforeAll(async () => {
  lab = await startLab({ hosts: { h1: {} } });
  host = lab.host('h1');
});
afterAll(() => lab?.down());

const SERVER = { text: '#!/bin/sh\necho "hello from $(cat version)"\nexec sleep 1000\n', mode: '755' } as const;

function unitText(dir: string, more: string[] = ['User=web'], target = 'multi-user.target'): string {
  const service = [
    'Type=exec',
    `WorkingDirectory=${dir}`,
    `ExecStart=${dir}/server.sh`,
    'Restart=always',
    'RestartSec=100ms',
    ...more,
  ];
  return `[Unit]\nDescription=test\n[Service]\n${service.join('\n')}\n[Install]\nWantedBy=${target}\n`;
}

function releaseOf(app: Deployer, number: number, more: Partial<Release> = {}): Release {
  const unit = `${app.app.app}.service`;
  return {
    id: `rel-${number}`,
    run: `r-${number}`,
    tree: { 'server.sh': SERVER, version: `${number}` },
    units: { [unit]: unitText(`${app.app.path}/current`) },
    stableMs: 300,
    ...more,
  };
}

const sh = async (command: string, user?: string) => (await host.exec(command, user ? { user } : {})).stdout.trim();

describe.each<[Privilege, string]>([
  ['sudo', 'deploy'],
  ['doas', 'doer'],
])('with %s', (privilege, user) => {
  test('facts see the login and root, and a deploy belongs to root', async () => {
    const name = `with-${privilege}`;
    const app = new Deployer(host, { app: name, path: `/srv/${name}`, user: 'web', privilege }, user);
    const facts = await app.facts([`${name}.service`]);
    expect(facts.login).toMatchObject({ user, privilege: 'ok' });
    expect(facts.app).toMatchObject({ target: { kind: 'none' }, current: null, userUid: 901, unitsDigest: '-' });
    const ran = await app.deploy(releaseOf(app, 1));
    expect(ran.record?.outcome).toEqual(['done']);
    expect(await sh(`stat -c %U /srv/${name}/releases/rel-1/version`)).toBe('root');
  });
});

test('with neither, facts say what the privilege command answered and nothing more', async () => {
  const runner = new LabRunner(host, 'plain');
  for (const [privilege, said] of [
    ['sudo', /password is required|not allowed/],
    ['doas', /Operation not permitted|not permitted/],
    ['root', /logged in as plain/],
  ] as const) {
    const facts = await factsOf(runner, { app: 'x', path: '/srv/x', user: '', privilege });
    expect(facts.login.user).toBe('plain');
    expect(facts.login.privilege).toMatch(said);
  }
});

test('privilege none: own folders, own units, own systemd, and the same way back', async () => {
  const app = new Deployer(host, { app: 'mine', path: '/home/plain/mine', user: 'plain', privilege: 'none' }, 'plain');
  const units = { 'mine.service': unitText('/home/plain/mine/current', [], 'default.target') };
  const dropins = { 'mine.service': '[Service]\nEnvironmentFile=%h/.config/ops/mine.env\n' };
  const one = releaseOf(app, 1, { units, dropins, env: { A: '1' }, checks: [['printenv', 'A']] });
  const facts = await app.facts(['mine.service']);
  expect(facts.login).toMatchObject({ user: 'plain', privilege: 'ok', lingering: true });
  const ran = await app.deploy(one);
  expect(ran.record?.outcome).toEqual(['done']);
  expect(
    await sh('systemctl --user is-active mine.service; cat mine/current/version; stat -c "%U %a" .config/ops/mine.env', 'plain'),
  ).toBe('active\n1plain 600');
  const two = { ...one, id: 'rel-2', run: 'r-2', tree: { ...one.tree, version: '2' }, base: { id: 'rel-1', tree: one.tree } };
  expect((await app.deploy(two)).record?.outcome).toEqual(['done']);
  expect(await sh('stat -c %h mine/releases/rel-1/server.sh', 'plain'), 'a tree the app could write shares nothing').toBe('1');
  const bad = releaseOf(app, 3, { units, tree: { 'server.sh': { text: '#!/bin/sh\nexit 1\n', mode: '755' } } });
  expect((await app.deploy(bad)).record).toMatchObject({ outcome: ['reverted'], seen: ['current releases/rel-2'] });
  expect(await sh('ls /var/lib/ops/apps/mine 2>&1')).toContain('No such file');
});

describe('adopting what runs already', () => {
  test('it is recorded and untouched, and a failing first deploy goes back to it', async () => {
    await host.exec(
      `mkdir -p /srv/old/versions/7 && cd /srv/old && printf %s '${SERVER.text}' > versions/7/server.sh && chmod 755 versions/7/server.sh && printf 7 > versions/7/version && ln -s versions/7 current`,
    );
    await host.write('/etc/systemd/system/old.service', unitText('/srv/old/current'));
    await host.must('systemctl daemon-reload && systemctl enable --now old.service 2>/dev/null');
    const app = new Deployer(host, { app: 'old', path: '/srv/old', user: 'web', privilege: 'root' });
    const print =
      'find /srv/old /etc/systemd/system -not -path "/srv/old/.ops" -not -path /srv/old -not -path /etc/systemd/system -printf "%p %m %T@ %l\\n" | sort | sha256sum; systemctl show -p InvocationID old.service';
    const before = await sh(print);
    expect((await app.facts(['old.service'])).app?.target).toEqual({ kind: 'foreign' });
    await expect(app.stage(await app.plan(releaseOf(app, 1)))).rejects.toThrow(/target-foreign/);
    const units = { 'old.service': unitText('/srv/old/current', ['User=web', 'Environment=NEW=1']) };
    const refused = await app.deploy(releaseOf(app, 0, { units, adopt: true, checks: [['false']] }));
    expect(refused.record).toMatchObject({ outcome: ['refused'], code: ['check-failed'], seen: ['current versions/7'] });
    expect(await sh(print)).toBe(before);
    expect((await app.facts(['old.service'])).app).toMatchObject({ target: { kind: 'foreign' }, current: { release: null } });
    const bad = releaseOf(app, 1, { units, adopt: true, tree: { 'server.sh': { text: '#!/bin/sh\nexit 1\n', mode: '755' } } });
    const ran = await app.deploy(bad);
    expect(ran.record).toMatchObject({ outcome: ['reverted'], seen: ['current versions/7'] });
    expect(ran.progress.slice(0, 3)).toEqual(['phase fence', 'phase adopt', 'phase verify']);
    expect((await app.facts(['old.service'])).app).toMatchObject({
      target: { kind: 'ours' },
      current: { link: 'versions/7', release: 'adopted' },
    });
    expect((await app.facts()).app?.releases).toContainEqual(
      expect.objectContaining({ id: 'adopted', state: 'stable', adopted: true, present: true, seq: 0 }),
    );
    expect(
      await sh('systemctl is-active old.service; cat /srv/old/current/version; grep -c NEW /etc/systemd/system/old.service'),
    ).toBe('active\n70');
    const good = await app.deploy(releaseOf(app, 2, { units, keep: 1 }));
    expect(good.record?.outcome).toEqual(['done']);
    expect(await sh('ls /srv/old/versions/7')).toBe('server.sh\nversion');
    const back = await app.rollback('adopted', releaseOf(app, 2, { units }), 'r-back');
    expect(back.record).toMatchObject({ outcome: ['done'], seen: ['current versions/7'] });
  });

  test('of two that take over the same at once, with a release of the same name, the second leaves the first alone', async () => {
    await host.must(
      `mkdir -p /srv/twice && cd /srv/twice && printf %s '${SERVER.text}' >server.sh && chmod 755 server.sh && printf 0 >version`,
    );
    await host.write('/etc/systemd/system/twice.service', unitText('/srv/twice'));
    await host.must('systemctl daemon-reload && systemctl start twice.service');
    const app = new Deployer(host, { app: 'twice', path: '/srv/twice', user: 'web', privilege: 'root' });
    const [first, second] = [
      await app.ready(releaseOf(app, 1, { adopt: true })),
      await app.ready({ ...releaseOf(app, 1, { adopt: true }), run: 'r-2' }),
    ];
    expect((await app.start(first)).record?.outcome).toEqual(['done']);
    expect((await app.start(second)).record).toMatchObject({ outcome: ['refused'], code: ['adopt-twice'] });
    expect(await sh('systemctl is-active twice.service; cat /srv/twice/current/version; ls -A /srv/twice')).toBe(
      'active\n1.ops\ncurrent\nreleases\nserver.sh\nshared\nversion',
    );
  });

  test('what does not run is not taken for proven', async () => {
    await host.must('mkdir -p /srv/dead/v1 && ln -sn v1 /srv/dead/current');
    await host.write('/etc/systemd/system/dead.service', unitText('/srv/dead/current'));
    const app = new Deployer(host, { app: 'dead', path: '/srv/dead', user: 'web', privilege: 'root' });
    const ran = await app.deploy(releaseOf(app, 1, { adopt: true }));
    expect(ran.record).toMatchObject({ outcome: ['refused'], code: ['adopt-not-running'], state: ['-'] });
    expect(await sh('ls -A /srv/dead; ls /var/lib/ops/apps/dead/releases')).toBe('current\nv1');
  });
});

test('a unit that was on the host before is restarted and keeps its file; a failed first deploy leaves it running', async () => {
  await host.must(
    'mkdir -p /srv/there/current && printf "#!/bin/sh\\nexec sleep 1000\\n" > /srv/there.sh && chmod 755 /srv/there.sh && rmdir /srv/there/current /srv/there',
  );
  const text = '[Service]\nExecStart=/srv/there.sh\n';
  await host.write('/etc/systemd/system/there.service', text);
  await host.must('systemctl daemon-reload && systemctl start there.service');
  const app = new Deployer(host, { app: 'there', path: '/srv/there', user: 'web', privilege: 'root' });
  const release = releaseOf(app, 1, {
    units: {},
    services: ['there.service'],
    dropins: { 'there.service': '[Service]\nEnvironment=FROM=ops\n' },
    probes: ['p tcp 127.0.0.1:9 - - 1 100 200'],
  });
  const failed = await app.deploy(release);
  expect(failed.record).toMatchObject({ outcome: ['stuck'], code: ['probe-failed'] });
  expect(
    await sh(
      'systemctl is-active there.service; cat /etc/systemd/system/there.service; ls -d /etc/systemd/system/there.service.d 2>&1',
    ),
  ).toBe(`active\n${text}ls: cannot access '/etc/systemd/system/there.service.d': No such file or directory`);
  const second = await app.ready({
    ...release,
    id: 'rel-2',
    run: 'r-2',
    probes: ['p tcp 127.0.0.1:22 - - 1 100 200 ssh.service'],
  });
  const good = await app.start(second);
  expect(good.record?.outcome).toEqual(['done']);
  expect(good.record?.evidence).toContain('127.0.0.1:22\tprobe p\tconnected on try 1 of 1');
  expect(await sh('systemctl show -p Environment --value there.service; cat /etc/systemd/system/there.service')).toBe(
    `FROM=ops\n${text.trim()}`,
  );
  const taken = await app.takeBack(second, { left: 'failed', code: 'operator-probe', why: 'not seen from there' });
  expect(taken.record).toMatchObject({ outcome: ['stuck'], code: ['operator-probe'], seen: ['current -'] });
  expect(await sh('systemctl is-active there.service; systemctl show -p Environment --value there.service')).toBe('active');
});

describe('a run that is ended from outside', () => {
  async function runUntil(app: Deployer, release: Release, phase: string) {
    const started = app.start(await app.ready(release));
    await sh(
      `until grep -q 'phase ${phase}' /var/lib/ops/apps/${app.app.app}/runs/${release.run}/progress; do sleep 0.05; done 2>/dev/null`,
    );
    return started;
  }

  test('systemctl stop, or the time limit, lets it go back first', async () => {
    const app = new Deployer(host, { app: 'ended', path: '/srv/ended', user: 'web', privilege: 'root' });
    await app.deploy(releaseOf(app, 1));
    const run = runUntil(app, releaseOf(app, 2, { stableMs: 20_000 }), 'stable');
    await sh(
      "until grep -q 'phase stable' /var/lib/ops/apps/ended/runs/r-2/progress; do sleep 0.05; done 2>/dev/null; systemctl stop ops-app-ended.service",
    );
    expect((await run).record).toMatchObject({ outcome: ['reverted'], code: ['stopped'] });
    expect(await sh('systemctl is-active ended.service; cat /srv/ended/current/version')).toBe('active\n1');
  });

  test('asked to stop before it has a unit, it changes nothing', async () => {
    const app = new Deployer(host, { app: 'early', path: '/srv/early', user: 'web', privilege: 'root' });
    await app.deploy(releaseOf(app, 1));
    const two = await app.ready(releaseOf(app, 2));
    expect((await app.stop('r-2')).get('error')).toBeUndefined();
    const ran = await app.start(two);
    expect(ran.record).toMatchObject({ outcome: ['refused'], code: ['stopped'], seen: ['current releases/rel-1'] });
    expect((await app.stop('r-2')).get('error'), 'it is over').toBe('run-unknown');
  });

  test('kill -9 leaves no record: unknown, and one resume puts it in order', async () => {
    const app = new Deployer(host, { app: 'killed', path: '/srv/killed', user: 'web', privilege: 'root' });
    await app.deploy(releaseOf(app, 1));
    const run = runUntil(app, releaseOf(app, 2, { stableMs: 4000 }), 'stable');
    await sh(
      "until grep -q 'phase stable' /var/lib/ops/apps/killed/runs/r-2/progress; do sleep 0.05; done 2>/dev/null; systemctl kill -s KILL ops-app-killed.service",
    );
    const ran = await run;
    expect(ran.record).toBeNull();
    expect(ran.answer.get('error')).toBeUndefined();
    expect(ran.answer.get('phase')).toBe('stable');
    const facts = (await app.facts(['killed.service'])).app!;
    expect(facts).toMatchObject({ lock: null, lastRun: { run: 'r-2', record: null, phase: 'stable' } });
    const resumed = await app.resume(releaseOf(app, 2), 'r-3');
    expect(resumed.record?.outcome).toEqual(['done']);
    expect((await app.facts()).app?.releases.map(release => release.state)).toEqual(['stable', 'stable']);
  });

  test('a clean reboot in the middle is no reason to go back: it is finished afterwards', async () => {
    const app = new Deployer(host, { app: 'rebooted', path: '/srv/rebooted', user: 'web', privilege: 'root' });
    await app.deploy(releaseOf(app, 1));
    const run = runUntil(app, releaseOf(app, 2, { stableMs: 4000 }), 'stable').catch(() => undefined);
    await sh("until grep -q 'phase stable' /var/lib/ops/apps/rebooted/runs/r-2/progress; do sleep 0.05; done 2>/dev/null");
    await host.exec('systemctl poweroff', { timeoutMs: 5_000 });
    await run;
    await expect.poll(() => host.isRunning(), { timeout: 30_000 }).toBe(false);
    await host.boot();
    const facts = (await app.facts(['rebooted.service'])).app!;
    expect(facts).toMatchObject({ current: { link: 'releases/rel-2' }, lock: null, lastRun: { run: 'r-2', record: null } });
    const resumed = await app.resume(releaseOf(app, 2), 'r-3');
    expect(resumed.record?.outcome).toEqual(['done']);
    expect(await sh('systemctl is-active rebooted.service; cat /srv/rebooted/current/version')).toBe('active\n2');
  });
});

test('an upload that was cut off is taken up again by the same deploy, and swept by another', async () => {
  const app = new Deployer(host, { app: 'cut', path: '/srv/cut', user: 'web', privilege: 'root' });
  const one = releaseOf(app, 1);
  const partial = await app.stage(await app.plan(one));
  await host.must(`echo -n 1 > ${partial}/version`);
  const age = (run: string, seconds: number) =>
    sh(`sed -i "s/^since=.*/since=$(($(date +%s) - ${seconds}))/" /var/lib/ops/apps/cut/runs/${run}/intent`);
  const soon = await app.stage(await app.plan({ ...one, run: 'r-0' }));
  expect(await sh(`ls -A /srv/cut/releases; cat ${soon}/version`), 'one that was begun just now may be alive').toBe(
    '.partial-r-0\n.partial-r-1',
  );
  await host.must(`rm -rf ${soon}`);
  await age('r-1', 31);
  const again = { ...one, run: 'r-2' };
  const taken = await app.stage(await app.plan(again));
  expect(taken).toBe('/srv/cut/releases/.partial-r-2');
  expect(await sh(`ls -A /srv/cut/releases; cat ${taken}/version`)).toBe('.partial-r-2\n1');
  expect((await app.facts()).app).toMatchObject({
    leftovers: ['.partial-r-2'],
    uploads: [{ run: 'r-2', phase: 'uploading', by: 'dana@example.com' }],
  });
  await age('r-2', 601);
  expect((await app.deploy(releaseOf(app, 3))).record?.outcome).toEqual(['done']);
  expect(await sh('ls -A /srv/cut/releases')).toBe('rel-3');
});

/** What the program answers, and the lines of the journal, which come one by one. */
async function logsOf({ app: { app }, runner }: Deployer, params: Record<string, string | string[]>) {
  const log: string[] = [];
  const call = { program: 'logs', privilege: 'root', params: { app, ...params }, deadlineMs: 20_000, mutates: false } as const;
  return { answer: await runProgram(runner, { ...call, onLog: line => log.push(line) }), log };
}

test('logs of a release are those of its own processes, also of one that ended at once', async () => {
  const app = new Deployer(host, { app: 'talks', path: '/srv/talks', user: 'web', privilege: 'root' });
  await app.deploy(releaseOf(app, 1));
  await app.deploy(releaseOf(app, 2));
  const ask = (params: Record<string, string | string[]>) => logsOf(app, params);
  const log = async (params: Record<string, string | string[]>) => (await ask(params)).log.join('\n');
  const first = await log({ release: 'rel-1' });
  expect(first).toContain('hello from 1');
  expect(first).not.toContain('hello from 2');
  expect(await log({ unit: ['talks.service'], lines: '50' })).toMatch(/hello from 1[\s\S]*hello from 2/);
  const dies = { 'server.sh': { text: '#!/bin/sh\necho "goodbye from 3"\nexit 1\n', mode: '755' } } as const;
  // A journal that is behind finds no process any more whose invocation it could look up.
  await host.must('systemctl kill -s STOP systemd-journald');
  try {
    expect((await app.deploy(releaseOf(app, 3, { tree: dies }))).record?.outcome).toEqual(['reverted']);
  } finally {
    await host.must('systemctl kill -s CONT systemd-journald && journalctl --sync');
  }
  expect(await log({ release: 'rel-3' })).toContain('goodbye from 3');
  expect(await log({ release: 'rel-3' })).not.toContain('hello');
  const refused = await ask({ unit: ['talks.service'], since: 'nonsense' });
  expect([refused.answer.get('error'), refused.answer.get('detail')]).toEqual([
    'journal-unreadable',
    expect.stringContaining('nonsense'),
  ]);
  expect(refused.log).toEqual([]);
  const none = await ask({ lines: '5' });
  expect([none.answer.get('error'), none.log]).toEqual(['no-units', []]);
});

test('what an app writes under an account of a person is read as well, though journald keeps it apart', async () => {
  const app = new Deployer(host, { app: 'person', path: '/srv/person', user: 'plain', privilege: 'root' });
  const unit = { 'person.service': unitText('/srv/person/current', ['User=plain']) };
  await app.deploy(releaseOf(app, 1, { units: unit }));
  expect((await logsOf(app, { unit: ['person.service'] })).log.join('\n')).toContain('hello from 1');
  const dies = { 'server.sh': { text: '#!/bin/sh\necho "why I die"\nexit 1\n', mode: '755' } } as const;
  const ran = await app.deploy(releaseOf(app, 2, { units: unit, tree: dies }));
  expect(ran.record?.detail?.join('\n')).toContain('why I die');
});

test('the time an old process takes to end is not the new one’s', async () => {
  const app = new Deployer(host, { app: 'slow', path: '/srv/slow', user: 'web', privilege: 'root' });
  const stays = { 'server.sh': { text: "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n", mode: '755' } } as const;
  const units = { 'slow.service': unitText('/srv/slow/current', ['User=web', 'TimeoutStopSec=7']) };
  await app.deploy(releaseOf(app, 1, { tree: stays, units }));
  const ran = await app.deploy(releaseOf(app, 2, { units }));
  expect(ran.record?.outcome, `after ${ran.ms} ms`).toEqual(['done']);
  expect(ran.ms).toBeGreaterThan(6_500);
});

test('following a quiet journal ends when nobody listens any more', async () => {
  const params = { privilege: 'root', app: 'quiet', unit: ['quiet.service'], follow: '1' };
  await host.write('/tmp/follow.sh', compose('logs', { nonce: 'f'.repeat(32), params }));
  const listener = '{ read -r line; sleep 0.3; pidof journalctl >/tmp/followed; echo "$line"; }';
  expect(await sh(`timeout 12 sh -c 'sh -s </tmp/follow.sh | ${listener}'; pidof journalctl`)).toMatch(/ alive$/);
  expect(await sh('cat /tmp/followed')).toMatch(/^\d+$/);
});

test('forget with trees leaves an installation that was taken over as it was, in its own releases and shared', async () => {
  await host.must(
    `mkdir -p /srv/theirs/releases/7 /srv/theirs/shared/data && cd /srv/theirs && printf %s '${SERVER.text}' > releases/7/server.sh && chmod 755 releases/7/server.sh && printf 7 > releases/7/version && ln -s releases/7 current`,
  );
  await host.write('/etc/systemd/system/theirs.service', unitText('/srv/theirs/current'));
  await host.must('systemctl daemon-reload && systemctl start theirs.service');
  const print =
    'cd /srv/theirs && find . -printf "%p %y %m %l\\n" | sort; cat releases/7/version /etc/systemd/system/theirs.service';
  const before = await sh(print);
  const app = new Deployer(host, { app: 'theirs', path: '/srv/theirs', user: 'web', privilege: 'root' });
  const units = { 'theirs.service': unitText('/srv/theirs/current', ['User=web', 'Environment=NEW=1']) };
  expect((await app.deploy(releaseOf(app, 1, { units, adopt: true }))).record?.outcome).toEqual(['done']);
  const listed = await app.belongings({ only: 'theirs', trees: true });
  const paths = (kind: string) => listed.flatMap(each => (each.kind === kind ? [each.path] : []));
  expect(paths('tree')).toEqual(['/srv/theirs/releases/rel-1']);
  expect(paths('restored')).toEqual(['/etc/systemd/system/theirs.service', '/srv/theirs/current']);
  const removed = await app.forget('r-forget', { only: 'theirs', trees: true });
  // Theirs, and told: nobody asked for what an adopted installation lies in.
  const stays = ['stays.1 /srv/theirs/releases', 'stays.2 /srv/theirs/current', 'stays.3 /srv/theirs/shared'];
  expect(removed.record).toMatchObject({ outcome: ['done'], seen: ['left 0', ...stays] });
  expect(await sh(print)).toBe(before);
  expect(await sh('readlink /proc/$(systemctl show -p MainPID --value theirs.service)/cwd')).toBe('/srv/theirs/releases/7');
  expect(await sh('ls /var/lib/ops/apps')).not.toContain('theirs');
});

describe('the run of an app that needs the host itself', () => {
  const nonces = ['a', 'b', 'c'].map(letter => letter.repeat(32)) as [string, string, string];
  const core = (...parts: string[]) => `${parts.map(part => readProgramFile(`core/${part}`)).join('')}look() { :; }\n`;
  const BEGIN = 'params\nseams\nbegin\nphase fence\n';

  /** Starts a run of the app `both` whose transaction has the host's do `work`, waiting for it no longer than so many seconds. */
  async function startBoth(run: string, work: string, seconds = 20) {
    const inner = enclose(`${core('lib', 'run')}p_run=''\n${BEGIN}${work}\n`, {
      nonce: nonces[0],
      params: { run, privilege: 'root' },
    });
    const outer = `${core('lib', 'run', 'with-host')}p_run=''\n${BEGIN}with_host "$run_dir/data/host" ${seconds} && finish 'done'\nfinish failed "$code" "$why"\n`;
    const app = { app: 'both', path: '/srv/both', privilege: 'root' };
    const program = enclose(outer, { nonce: nonces[1], params: { ...app, run }, blobs: { host: inner } });
    const start = enclose(core('lib', 'watch') + readProgramFile('core/start'), {
      nonce: nonces[2],
      params: { ...app, run, mode: 'both', by: 'dana', max_s: '60', note: 'release=-' },
      blobs: { program },
    });
    const ended = await host.exec(['sh', '-s'], { input: start, timeoutMs: 90_000 });
    const answer = parseAnswer(nonces[2], ended.stdout);
    expect(answer, ended.stdout + ended.stderr).not.toBeNull();
    return parseRecord(answer!.all('record'));
  }

  test('has it done by a child that holds the host, while it holds the app', async () => {
    const both = "systemctl is-active ops-app-both ops-host | tr '\\n' ' '";
    const record = await startBoth('r-both', `evidence both held "$(${both})"\nfinish 'done'`);
    expect(record).toMatchObject({ outcome: ['done'] });
    const inner = await sh("sed '/^end$/q' /var/lib/ops/host/runs/r-both/record");
    expect(inner).toContain('evidence both\theld\tactive active');
    expect(await sh('readlink /var/lib/ops/host/last /var/lib/ops/apps/both/last')).toBe('runs/r-both\nruns/r-both');
  });

  test('waits for whoever holds it', async () => {
    await host.must('systemd-run --quiet --unit=ops-host sleep 2');
    expect(await startBoth('r-waits', "finish 'done'")).toMatchObject({ outcome: ['done'] });
  });

  test('and says so when that takes too long, with nothing changed', async () => {
    await host.must('systemd-run --quiet --unit=ops-host sleep 6');
    const record = await startBoth('r-late', 'touch /tmp/late\nfinish done', 1);
    expect(record).toMatchObject({ outcome: ['failed'], code: ['lock-held'] });
    expect(await sh('ls /tmp/late 2>/dev/null; systemctl stop ops-host')).toBe('');
  });

  test('what the host refuses is why the app’s run fails', async () => {
    const record = await startBoth('r-refused', "finish refused facts-changed 'it is not as the plan saw it'");
    expect(record).toMatchObject({ outcome: ['failed'], code: ['host-change'], reason: ['it is not as the plan saw it'] });
  });
});

test('forget lists what is ours, then removes exactly that', async () => {
  const app = new Deployer(host, { app: 'gone', path: '/srv/gone', user: 'web', privilege: 'root' });
  await app.deploy(releaseOf(app, 1, { env: { A: '1' } }));
  const gone = { only: 'gone', trees: false };
  expect(await app.belongings(gone), 'the marker stays with the trees').toEqual([
    { kind: 'env', path: '/etc/ops/gone.env' },
    { kind: 'unit', path: '/etc/systemd/system/gone.service' },
    { kind: 'state', path: '/var/lib/ops/apps/gone' },
  ]);
  expect(await sh('systemctl is-active gone.service')).toBe('active');
  const removed = await app.forget('r-gone', gone);
  expect(removed.progress).toEqual(['phase fence', 'phase remove', 'phase done']);
  expect(removed.record).toMatchObject({
    outcome: ['done'],
    seen: ['left 0', 'stays.1 /srv/gone/releases', 'stays.2 /srv/gone/current', 'stays.3 /srv/gone/shared'],
  });
  expect(await app.belongings(gone)).toEqual([]);
  expect(
    await sh('ls /etc/systemd/system/gone.service /etc/ops/gone.env /var/lib/ops/apps/gone 2>/dev/null; systemctl --failed -q'),
  ).toBe('');
  expect(await sh('cat /srv/gone/current/version; systemctl is-active gone.service')).toBe('1inactive');
  const anew = await app.deploy(releaseOf(app, 2));
  expect(anew.record?.outcome, 'what stayed is ours').toEqual(['done']);
  expect((await app.forget('r-again', gone)).record?.outcome).toEqual(['done']);
  expect((await app.forget('r-all')).record?.outcome).toEqual(['done']);
  expect(await sh('ls -d /var/lib/ops /etc/ops 2>/dev/null; ls /etc/systemd/system | grep -c "^ops\\|^with-\\|^ended"')).toBe(
    '0',
  );
  expect(await sh('grep -c NEW /etc/systemd/system/old.service; systemctl cat there.service | grep -c FROM')).toBe('0\n0');
});
