import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Host, type Lab, startLab } from '../../lab/index.ts';
import { Deployer } from './support/deployer.ts';
import type { Release, Tree } from './support/release.ts';

const SERVER = '#!/bin/sh\necho "serving $(cat /proc/self/cwd/version)"\nexec sleep 1000\n';
const CRASHING = '#!/bin/sh\necho "cannot find module routes" >&2\nexit 3\n';

let lab: Lab;
let h1: Host;
let h2: Host;
let apps = 0;

beforeAll(async () => {
  lab = await startLab({ hosts: { h1: {}, h2: {} } });
  [h1, h2] = [lab.host('h1'), lab.host('h2')];
});
afterAll(() => lab?.down());

/** An app of its own on a host, with one unit that runs server.sh of the current release as `web`. */
class App extends Deployer {
  readonly unit: string;
  readonly state: string;

  constructor(host: Host, name = `app${++apps}`) {
    super(host, { app: name, path: `/srv/${name}`, user: 'web', privilege: 'root' });
    this.unit = `${name}.service`;
    this.state = `/var/lib/ops/apps/${name}`;
  }

  release(number: number, changes: Tree = {}, more: Partial<Release> = {}): Release {
    const path = `/srv/${this.app.app}/current`;
    return {
      id: `rel-${number}`,
      run: `r-${number}`,
      tree: {
        'server.sh': { text: SERVER, mode: '755' },
        version: `${number}`,
        'lib/a b/c.txt': 'stays',
        'lib/link': { link: 'a b' },
        ...changes,
      },
      units: { [this.unit]: unitText(`${path}/server.sh`, path) },
      ...more,
    };
  }

  /** With one more unit. */
  alongside(number: number, unit: string, text: string): Release {
    const release = this.release(number);
    return { ...release, units: { ...release.units, [unit]: text } };
  }

  crashing(number: number, more: Partial<Release> = {}): Release {
    return this.release(number, { 'server.sh': { text: CRASHING, mode: '755' } }, more);
  }

  async sh(command: string): Promise<string> {
    return (await this.machine.exec(command)).stdout.trim();
  }

  current(): Promise<string> {
    return this.sh(`readlink ${this.app.path}/current || echo none`);
  }

  async serves(): Promise<string> {
    return this.sh(`systemctl is-active ${this.unit}; cat /proc/$(systemctl show -p MainPID --value ${this.unit})/cwd/version`);
  }
}

function unitText(command: string, dir: string, more = ''): string {
  return `[Unit]\nDescription=test\n[Service]\nType=exec\nUser=web\nWorkingDirectory=${dir}\nExecStart=${command}\nRestart=always\nRestartSec=100ms\n${more}[Install]\nWantedBy=multi-user.target\n`;
}

describe('a deploy', () => {
  test('the first one: tree, link, unit, env, states and record are all as claimed', async () => {
    const app = new App(h1);
    const ran = await app.deploy(
      app.release(
        1,
        {},
        {
          env: { TOKEN: 'canary' },
          dropins: { [app.unit]: `[Service]\nEnvironmentFile=/etc/ops/${app.app.app}.env\n` },
          checks: [
            ['test', '-r', 'lib/a b/c.txt'],
            ['test', '/et?', '!=', '/etc'],
          ],
        },
      ),
    );
    expect(ran.record?.outcome).toEqual(['done']);
    expect(ran.record?.evidence).toEqual([
      `${app.unit}\tstable\tthe same process for 600 ms`,
      expect.stringMatching(`^${app.unit}\truns\trel-1, as process \\d+$`),
    ]);
    expect(ran.answer.all('seen')).toEqual(['current releases/rel-1']);
    expect(ran.record).toMatchObject({ state: ['stable'], seen: ['current releases/rel-1'] });
    expect(ran.progress.map(line => line.split(' ')[1])).toEqual([
      'fence',
      'verify',
      'record',
      'check',
      'swap',
      'units',
      'start',
      'stable',
      'probe',
      'proof',
      'prune',
      'done',
    ]);
    expect(await app.serves()).toBe('active\n1');
    expect(await app.sh(`systemctl is-enabled ${app.unit}`)).toBe('enabled');
    expect(await app.sh(`stat -c '%U %a' /etc/ops/${app.app.app}.env ${app.state}/releases/rel-1/env`)).toBe(
      'root 600\nroot 600',
    );
    expect(
      await app.sh(`stat -c '%U %a' ${app.state}/runs/r-1 ${app.state}/runs/r-1/record ${app.state}/runs/r-1/progress`),
    ).toBe('root 700\nroot 600\nroot 600');
    expect(await app.sh(`stat -c '%U %a' ${app.app.path}/releases/rel-1/server.sh`)).toBe('root 755');
    expect(
      await app.sh(`grep -rl canary ${app.app.path} ${app.state}/runs; journalctl -u ops-app-${app.app.app} | grep canary`),
    ).toBe('');
    const facts = await app.facts([app.unit]);
    expect(facts.app?.current).toMatchObject({ link: 'releases/rel-1', release: 'rel-1', broken: false });
    expect(facts.app?.current?.spec).toBe(`${await app.sh(`cat ${app.state}/releases/rel-1/spec`)}\n`);
    expect(facts.app?.releases).toMatchObject([{ id: 'rel-1', seq: 1, state: 'stable', present: true, adopted: false }]);
    expect(facts.app?.lastRun).toMatchObject({ run: 'r-1', alive: false, phase: 'done', by: 'dana@example.com' });
    expect(facts.app?.units).toMatchObject([{ unit: app.unit, active: 'active', restarts: 0 }]);
    expect(facts.app?.leftovers).toEqual([]);
  });

  test('the second shares what did not change, and the first stays as it was', async () => {
    const app = new App(h1);
    const one = app.release(1);
    await app.deploy(one);
    const print = `cd ${app.app.path}/releases/rel-1 && find . -printf '%P %m %U %T@ %s\\n' | sort | sha256sum; find . -type f | sort | xargs -d '\\n' sha256sum`;
    const before = await app.sh(print);
    const two = app.release(2, { extra: 'new' }, { base: { id: 'rel-1', tree: one.tree } });
    const { 'lib/link': _, ...tree } = two.tree;
    const ran = await app.deploy({ ...two, tree });
    expect(ran.record?.outcome).toEqual(['done']);
    expect(await app.serves()).toBe('active\n2');
    expect(await app.sh(print)).toBe(before);
    const inode = (release: string, path: string) => app.sh(`stat -c %i '${app.app.path}/releases/${release}/${path}'`);
    expect(await inode('rel-2', 'lib/a b/c.txt')).toBe(await inode('rel-1', 'lib/a b/c.txt'));
    expect(await inode('rel-2', 'version')).not.toBe(await inode('rel-1', 'version'));
    expect(await app.sh(`ls ${app.app.path}/releases/rel-2/lib`)).toBe('a b');
    expect((await app.facts()).app?.manifest).toContain('\textra\n');
  });

  test('a tree that is not the manifest is named and never becomes a release', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const spoil = [
      'printf x >> version',
      'rm version',
      'touch extra',
      'chmod 640 version',
      'chown web version',
      'ln -sfn elsewhere lib/link',
      'chmod u+s server.sh',
      'mkdir lib/more',
    ];
    for (const [index, command] of spoil.entries()) {
      const planned = await app.plan(app.release(10 + index));
      const partial = await app.stage(planned);
      await app.upload(planned, partial);
      await app.machine.must(`cd ${partial} && ${command}`);
      const ran = await app.start(planned);
      expect(ran.record?.outcome, command).toEqual(['failed']);
      expect(ran.record?.code).toEqual(['tree-mismatch']);
      expect(ran.record?.reason?.[0]).toMatch(/^(version|extra|lib\/link|server\.sh|lib\/more)\b/);
      expect(await app.sh(`ls -A ${app.app.path}/releases`)).toBe('rel-1');
    }
    expect(await app.serves()).toBe('active\n1');
  });

  test('keeps as many releases as asked, and never loses the one to go back to', async () => {
    const app = new App(h1);
    for (const number of [1, 2, 3, 4]) {
      const ran = await app.deploy({ ...app.release(number), stableMs: 0, keep: 2 });
      expect(ran.record?.outcome).toEqual(['done']);
    }
    expect(await app.sh(`ls -A ${app.app.path}/releases; ls ${app.state}/releases`)).toBe('rel-3\nrel-4\nrel-3\nrel-4');
    await app.deploy({ ...app.crashing(5), stableMs: 0, keep: 2 });
    const after = await app.deploy({ ...app.release(6), stableMs: 0, keep: 1 });
    expect(after.record?.outcome).toEqual(['done']);
    expect(await app.sh(`ls -A ${app.app.path}/releases`)).toBe('rel-4\nrel-5\nrel-6');
  });

  test('a reader that goes through current all the time finds a complete release at each of 50 swaps', async () => {
    const app = new App(h1);
    const tree = (number: number): Tree => ({ version: `${number}`, same: `${number}`, 'd/e': `${number}` });
    const bare = (number: number): Release => ({ id: `rel-${number}`, run: `r-${number}`, tree: tree(number) });
    await app.deploy(bare(1));
    const reader = app.machine.spawn(
      `cd ${app.app.path}; n=0; while [ ! -e /tmp/${app.app.app}.stop ]; do cat current/version >/dev/null && cat current/d/e >/dev/null || echo failed; n=$((n + 1)); done; echo "$n reads"`,
      { timeoutMs: 240_000 },
    );
    for (let number = 2; number <= 51; number++) await app.deploy(bare(number));
    await app.machine.must(`touch /tmp/${app.app.app}.stop`);
    const ended = await reader.done;
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toMatch(/^\d{3,} reads$/m);
    expect(await app.current()).toBe('releases/rel-51');
  });
});

describe('a release that does not live', () => {
  test('goes back to the last one to go back to, its unit file too, and says why', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const path = `${app.app.path}/current`;
    const bad = app.crashing(2, { units: { [app.unit]: unitText(`${path}/server.sh`, path, 'Environment=NEW=1\n') } });
    const ran = await app.deploy(bad);
    expect(ran.record).toMatchObject({
      outcome: ['reverted'],
      code: ['unit-crash-loop'],
      release: ['rel-2'],
      seen: ['current releases/rel-1'],
    });
    expect(ran.record?.reason?.[0]).toMatch(/restarted \d+ times|ended right after its start, exit 3/);
    expect(ran.record?.detail?.join('\n')).toContain('status=3');
    expect(ran.record?.detail?.join('\n')).toContain('cannot find module routes');
    expect(await app.serves()).toBe('active\n1');
    expect(await app.sh(`grep -c NEW /etc/systemd/system/${app.unit}`)).toBe('0');
    expect((await app.facts()).app?.releases.map(release => release.state)).toEqual(['stable', 'failed']);
  });

  test('one that dies inside its stability window is found out', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const late = app.release(2, { 'server.sh': { text: '#!/bin/sh\nsleep 0.4\nexit 1\n', mode: '755' } }, { stableMs: 2000 });
    const ran = await app.deploy(late);
    expect(ran.record).toMatchObject({ outcome: ['reverted'], code: ['unit-crash-loop'] });
    expect(ran.progress).toContain('phase stable');
    expect(await app.serves()).toBe('active\n1');
  });

  test('a probe that never gets its answer takes it back', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const ran = await app.deploy(app.release(2, {}, { probes: ['health http http://127.0.0.1:9/ 200 - 2 100 500'] }));
    expect(ran.record).toMatchObject({ outcome: ['reverted'], code: ['probe-failed'] });
    expect(ran.record?.reason?.[0]).toContain('http://127.0.0.1:9/');
  });

  test('the first deploy has nothing to go back to: nothing of it is left', async () => {
    const app = new App(h1);
    const ran = await app.deploy(app.crashing(1, { env: { A: '1' } }));
    expect(ran.record).toMatchObject({ outcome: ['stuck'], code: ['unit-crash-loop'], seen: ['current -'] });
    expect(await app.current()).toBe('none');
    expect(await app.sh(`ls /etc/systemd/system/${app.unit} /etc/ops/${app.app.app}.env 2>&1 | grep -c 'No such file'`)).toBe(
      '2',
    );
    expect(await app.sh(`systemctl show -p LoadState,ActiveState ${app.unit}`)).toBe('LoadState=not-found\nActiveState=inactive');
    const again = await app.deploy(app.release(2));
    expect(again.record?.outcome).toEqual(['done']);
    expect(await app.serves()).toBe('active\n2');
  });

  test('checks and units are looked at before anything changes', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const pid = await app.sh(`systemctl show -p MainPID --value ${app.unit}`);
    const check = await app.deploy(app.release(2, {}, { checks: [['sh', '-c', 'echo no good; exit 3']] }));
    expect(check.record).toMatchObject({ outcome: ['refused'], code: ['check-failed'] });
    const missing = await app.deploy(
      app.release(3, {}, { units: { [app.unit]: unitText(`${app.app.path}/current/absent`, '/') } }),
    );
    expect(missing.record).toMatchObject({ outcome: ['refused'], code: ['unit-invalid'] });
    await app.machine.write(`/etc/systemd/system/foreign-${app.unit}`, unitText('/bin/sleep 1', '/'));
    const foreign = await app.deploy(app.alongside(4, `foreign-${app.unit}`, unitText('/bin/sleep 2', '/')));
    expect(foreign.record).toMatchObject({ outcome: ['refused'], code: ['unit-foreign'] });
    expect(await app.sh(`systemctl show -p MainPID --value ${app.unit}`)).toBe(pid);
    expect(await app.current()).toBe('releases/rel-1');
  });

  test('a unit that systemd cannot enable: the reason is in the record', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const text = unitText('/bin/sleep 600', '/').replace('WantedBy=', 'Alias=nowhere\nWantedBy=');
    const ran = await app.deploy(app.alongside(2, `other-${app.unit}`, text));
    expect(ran.record).toMatchObject({ outcome: ['reverted'], code: ['install-failed'] });
    expect(ran.record?.reason?.[0]).toMatch(/^cannot install the files of release rel-2: .*nowhere/);
    expect(await app.serves()).toBe('active\n1');
  });
});

describe('two at once, and nobody listening', () => {
  test('one gets the lock, the other is told who has it, and the fence stops the second afterwards', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const two = await app.ready(app.release(2, {}, { stableMs: 1500 }));
    const three = await app.ready(app.release(3, {}, { stableMs: 1500 }));
    const both = await Promise.all([app.start(two), app.start(three)]);
    const [won, lost] = both[0]!.record ? both : [both[1]!, both[0]!];
    expect(won.record?.outcome).toEqual(['done']);
    expect(lost.record).toBeNull();
    expect(lost.answer.get('error')).toBe('lock-held');
    expect(lost.answer.get('holder_run')).toBe(won === both[0] ? 'r-2' : 'r-3');
    expect(lost.answer.all('holder')).toContain('by=dana@example.com');
    const late = await app.start(won === both[0] ? three : two);
    expect(late.record).toMatchObject({ outcome: ['stale'], code: ['facts-changed'] });
    expect(await app.current()).toBe(won === both[0] ? 'releases/rel-2' : 'releases/rel-3');
  });

  test('a proof from outside is a last phase of the run that brought the release: under its lock, and only while it is current', async () => {
    const app = new App(h1);
    const asked = (number: number, stableMs = 0) => app.release(number, {}, { asked: true, stableMs });
    const one = await app.ready(asked(1));
    expect((await app.start(one)).record).toMatchObject({ outcome: ['done'], state: ['active'] });
    expect((await app.confirm(one)).record).toMatchObject({ outcome: ['done'], state: ['proven'], release: ['rel-1'] });
    expect((await app.facts()).app).toMatchObject({ releases: [{ state: 'proven' }], lastRun: { run: 'r-1' } });
    expect(await app.sh(`ls ${app.state}/runs`), 'it is no run of its own').toBe('r-1');

    const two = await app.ready(asked(2));
    const told = await app.start(two);
    const running = app.start(await app.ready(asked(3, 2000)));
    await app.sh(`until grep -q 'phase stable' ${app.state}/runs/r-3/progress; do sleep 0.05; done 2>/dev/null`);
    const early = (await app.confirm(two)).answer;
    expect([early.get('error'), early.get('holder_run')]).toEqual(['lock-held', 'r-3']);
    await running;
    const late = await app.confirm(two);
    expect(late.record, 'what it recorded stays').toEqual(told.record);
    expect(late.answer.all('seen')).toEqual(['current releases/rel-3']);
    const { app: facts } = await app.facts();
    expect(facts?.releases.map(release => release.state)).toEqual(['proven', 'active', 'active']);
    expect(facts?.lastRun).toMatchObject({ run: 'r-3', record: { outcome: ['done'] } });
  });

  test('a unit of ours that came after the plan is left alone; one that the plan names goes', async () => {
    const app = new App(h1);
    const [planned, later] = [`planned-${app.unit}`, `later-${app.unit}`];
    await app.deploy(app.alongside(1, planned, unitText('/bin/sleep 600', '/')));
    const ready = await app.ready(app.release(2));
    await app.machine.write(`/etc/systemd/system/${later}`, unitText('/bin/sleep 600', '/'));
    await app.machine.must(
      `echo /etc/systemd/system/${later} >>${app.state}/created && systemctl daemon-reload && systemctl start ${later}`,
    );
    expect((await app.start(ready)).record?.outcome).toEqual(['done']);
    expect(await app.sh(`systemctl is-active ${later} ${planned}; ls /etc/systemd/system | grep -c ${planned}`)).toBe(
      'active\ninactive\n0',
    );
    expect(await app.sh(`grep -c ${later} ${app.state}/created`)).toBe('1');
  });

  test('the transaction goes on when its follower is killed, and can be found again', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const planned = await app.ready(app.release(2, {}, { stableMs: 2500 }));
    const killer = new AbortController();
    setTimeout(() => killer.abort(), 700);
    await expect(app.start(planned, killer.signal)).rejects.toMatchObject({ code: 'outcome-unknown' });
    const lock = (await app.facts()).app?.lock;
    expect(lock).toMatchObject({ run: 'r-2', alive: true, record: null });
    const followed = await app.follow('r-2');
    expect(followed.progress[0]).toBe('phase fence');
    expect(followed.record?.outcome).toEqual(['done']);
    expect((await app.follow('r-2')).record).toEqual(followed.record);
    expect(await app.serves()).toBe('active\n2');
  });

  test('asked to stop it does not swap; asked during the window it goes back', async () => {
    const app = new App(h1);
    await app.deploy(app.release(1));
    const early = app.start(await app.ready(app.release(2, {}, { checks: [['sleep', '2']] })));
    await app.sh(`until grep -q 'phase check' ${app.state}/runs/r-2/progress; do sleep 0.05; done 2>/dev/null`);
    await app.stop('r-2');
    expect((await early).record).toMatchObject({ outcome: ['refused'], code: ['stopped'] });
    expect(await app.current()).toBe('releases/rel-1');
    const late = app.start(await app.ready(app.release(3, {}, { stableMs: 20_000 })));
    await app.sh(`until grep -q 'phase stable' ${app.state}/runs/r-3/progress; do sleep 0.05; done 2>/dev/null`);
    await app.stop('r-3');
    expect((await late).record).toMatchObject({ outcome: ['reverted'], code: ['stopped'] });
    expect(await app.serves()).toBe('active\n1');
  });
});

describe('rollback and resume', () => {
  test('a rollback goes to a release the host has, and the one left behind is not gone back to', async () => {
    const app = new App(h1);
    for (const number of [1, 2, 3]) await app.deploy({ ...app.release(number), stableMs: 0 });
    const ran = await app.rollback('rel-1', app.release(3), 'r-back');
    expect(ran.record).toMatchObject({ outcome: ['done'], release: ['rel-1'], previous: ['releases/rel-3'] });
    expect(await app.serves()).toBe('active\n1');
    expect((await app.facts()).app?.releases.map(release => release.state)).toEqual(['stable', 'stable', 'left']);
    const failed = await app.deploy(app.crashing(4));
    expect(failed.record).toMatchObject({ outcome: ['reverted'], seen: ['current releases/rel-1'] });
    // Also in the place of a run that was cut off, whoever finishes it: not to rel-2, though that one is newer.
    const cut = { ...app.release(5), run: 'r-cut', probes: ['p tcp 127.0.0.1:9 - - 20 100 200'] };
    const running = app.start(await app.ready(cut));
    await app.sh(
      `until grep -q 'phase probe' ${app.state}/runs/r-cut/progress; do sleep 0.05; done 2>/dev/null; systemctl kill -s KILL ops-app-${app.app.app}.service`,
    );
    await running;
    const half = (await app.facts([app.unit])).app!;
    expect(half.lastRun).toMatchObject({ run: 'r-cut', before: 'rel-1', record: null });
    const resumed = await app.resume(cut, 'r-resumed');
    expect(resumed.record).toMatchObject({ outcome: ['reverted'], seen: ['current releases/rel-1'] });
    await app.sh(`echo tampered >> ${app.app.path}/releases/rel-2/version`);
    expect((await app.rollback('rel-2', cut, 'r-damaged')).record).toMatchObject({
      outcome: ['refused'],
      code: ['tree-mismatch'],
    });
    expect(await app.current()).toBe('releases/rel-1');
  });

  test.each(['verify', 'record', 'check', 'units', 'stable'])(
    'a host that crashes in the phase %s is put in order by one resume',
    async phase => {
      const app = new App(h2);
      await app.deploy({ ...app.release(1), stableMs: 0 });
      const release = app.release(2, {}, { stableMs: 3000, checks: [['sleep', '2']] });
      const started = app.start(await app.ready(release)).catch(() => undefined);
      await app.sh(`until grep -q 'phase ${phase}' ${app.state}/runs/r-2/progress; do :; done 2>/dev/null`);
      await h2.crash();
      await started;
      await h2.boot();
      const found = (await app.facts([app.unit])).app!;
      expect(found.lock).toBeNull();
      expect(found.lastRun).toMatchObject({ run: 'r-2', record: null });
      expect(found.current?.broken).toBe(false);
      expect(await app.sh(`cat ${app.app.path}/current/version ${app.app.path}/current/server.sh | tail -c 20`)).toContain(
        'sleep 1000',
      );
      const swapped = found.current?.link === 'releases/rel-2';
      const resumed = await app.resume(release, 'r-3');
      expect(resumed.record?.outcome).toEqual([swapped ? 'done' : 'reverted']);
      expect(await app.serves()).toBe(swapped ? 'active\n2' : 'active\n1');
      const next = await app.deploy({ ...app.release(4), stableMs: 0 });
      expect(next.record?.outcome).toEqual(['done']);
      expect((await app.facts()).app?.leftovers).toEqual([]);
    },
  );
});

describe('prune', () => {
  test('removes old releases and what dead uploads left, and says so only of what is gone', async () => {
    const app = new App(h1);
    for (const number of [1, 2, 3]) await app.deploy({ ...app.release(number), stableMs: 0 });
    await app.stage(await app.plan(app.release(4)));
    await app.sh(`sed -i 's/^since=.*/since=0/' ${app.state}/runs/r-4/intent; chattr +i ${app.app.path}/releases/rel-1/version`);
    const halfWay = (await app.prune(app.release(3), 'r-p1', 2)).record;
    expect(halfWay).toMatchObject({ outcome: ['stuck'], code: ['prune-unfinished'], removed: ['1'] });
    expect(halfWay?.detail).toEqual(['removed what the upload r-4 left']);
    await app.sh(`chattr -i ${app.app.path}/releases/.trash-rel-1/version`);
    expect((await app.prune(app.release(3), 'r-p2', 2)).record).toMatchObject({ outcome: ['done'] });
    expect(await app.sh(`ls -A ${app.app.path}/releases ${app.state}/releases`)).not.toMatch(/rel-1|partial|trash/);
    expect(await app.serves()).toBe('active\n3');
  });
});

describe('full disks', () => {
  test.each([
    ['bytes', { bytes: 300_000 }],
    ['inodes', { inodes: 60 }],
  ])('no %s left below the app: refused or taken back, and the next deploy works', async (_what, size) => {
    const app = new App(h1);
    await h1.limitDisk(app.app.path, size);
    await app.deploy({ ...app.release(1), stableMs: 0 });
    const big: Tree =
      'bytes' in size
        ? { big: 'x'.repeat(400_000) }
        : Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`many/${i}`, 'x']));
    await expect(app.deploy(app.release(2, big))).rejects.toThrow(/No space left/);
    expect(await app.serves()).toBe('active\n1');
    expect(await app.current()).toBe('releases/rel-1');
    await app.sh(`sed -i 's/^since=.*/since=0/' ${app.state}/runs/r-2/intent`);
    const next = await app.deploy({ ...app.release(3), stableMs: 0 });
    expect(next.record?.outcome).toEqual(['done']);
  });

  test('no room left for the state while it runs: the outcome is still written', async () => {
    const app = new App(h1);
    await app.deploy({ ...app.release(1), stableMs: 0 });
    await app.machine.must(`mkdir -p /tmp/keep && cp -a ${app.state} /tmp/keep/ && rm -rf ${app.state}/*`);
    await h1.limitDisk(app.state, { bytes: 400_000 });
    await app.machine.must(`cp -a /tmp/keep/${app.app.app}/. ${app.state}/`);
    const started = app.start(await app.ready(app.release(2, {}, { stableMs: 1500 })));
    await app.sh(`until grep -q 'phase stable' ${app.state}/runs/r-2/progress; do sleep 0.05; done 2>/dev/null`);
    await h1.fillDisk(app.state);
    const ran = await started;
    expect(ran.record?.outcome).toEqual(['done']);
    expect(await app.sh(`cat ${app.state}/releases/rel-2/state`)).toBe('stable');
    expect(await app.serves()).toBe('active\n2');
  });
});
