import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../lab/index.ts';
import { type AppLab, type Document, type Project, startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';
import { phaseReached } from './support/interrupted.ts';
import { seeded } from './support/seeded.ts';

const RACES = process.env.OPS_TEST_FULL === '1' ? 100 : 10;
let lab: AppLab;
let web1: Host;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} }, operators: { op: {}, op2: {} } });
  web1 = lab.host('web1');
});
afterAll(() => lab?.down());

interface Forgotten extends Document {
  readonly scope: { readonly kind: string };
  readonly belongings: readonly { readonly kind: string; readonly path: string }[];
  readonly left: readonly unknown[];
  readonly stays: readonly string[];
}

/** Everything in these folders, by name, mode, owner, target and content. */
const print = (folders: string) =>
  web1.must(`find ${folders} -printf '%p %y %m %U %l\\n' -type f -exec sha256sum {} + 2>/dev/null | sort`);
const ours = (app: string) =>
  web1.must(
    `ls -d /srv/${app} /etc/systemd/system/${app}.service /etc/ops/${app}.env /var/lib/ops/apps/${app} /run/ops/running 2>/dev/null || true`,
  );
const receiptOf = (run: string, part: string) =>
  lab.op.read(`/home/dev/.local/state/ops/receipts/${run}/${part}.json`).then(text => JSON.parse(text));

/** An app whose service takes its time to stop, so that there is time to do something meanwhile. */
async function stubborn(app: string): Promise<Project> {
  const slow = "process.on('SIGTERM', () => setTimeout(() => process.exit(0), 3000));\nmodule.exports = {};\n";
  const project = await lab.project(app);
  await project.put(versionOf('1', slow));
  await project.deploy();
  return project;
}

/** Resolves when a run that begins after this call removes. */
async function removing(): Promise<void> {
  await web1.must('touch /tmp/mark-forget');
  await web1.must(
    "until find /run/ops -newer /tmp/mark-forget -name progress -exec grep -lx 'phase remove' {} + 2>/dev/null | grep -q .; do sleep 0.02; done",
    { timeoutMs: 40_000 },
  );
}

test('first it shows; one app goes and leaves the other alone; then all of ours goes, and what is not ours is as it was', async () => {
  await web1.must('mkdir -p /srv/theirs && echo x >/srv/theirs/file');
  const before = await print('/srv /etc');
  const one = await lab.project('one', { env: { COLOUR: 'red' } });
  const two = await lab.project('two', { env: { COLOUR: 'blue' } });
  await one.deploy();
  await two.deploy();
  const deployed = await print('/srv /etc /var/lib/ops');
  const dry = await one.ops('hosts forget web1 --app one --trees --dry-run');
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('/etc/systemd/system/one.service')]);
  expect((await one.ops('hosts forget web1 --check')).code).toBe(3);
  expect((await one.ops('hosts forget web1')).code, 'nobody to ask').toBe(42);
  const shown = await one.json<{ changes: boolean; plan: { capability: string; hosts: { steps: { path: string }[] }[] } }>(
    'hosts forget web1 --app one --trees --check',
  );
  expect(shown).toMatchObject({ schema: 'ops/hosts-forget@2', ok: true, code: 3, changes: true, plan: { capability: 'forget' } });
  expect(await print('/srv /etc /var/lib/ops'), 'nothing has changed').toBe(deployed);

  const others = () => print('/srv/two /etc/ops/two.env /etc/systemd/system/two.service /var/lib/ops/apps/two');
  const other = await others();
  const gone = await one.json<Forgotten>('hosts forget web1 --app one --trees --yes');
  expect(gone).toMatchObject({ schema: 'ops/hosts-forget@2', ok: true, code: 0, scope: { kind: 'host' }, left: [], stays: [] });
  expect(gone.belongings.map(({ path }) => path)).toEqual(shown.plan.hosts[0]?.steps.map(({ path }) => path));
  expect(gone.hosts?.[0]).toMatchObject({ result: 'done', seen: { left: '0' } });
  expect(await receiptOf(gone.run ?? '', 'plan')).toMatchObject({ capability: 'forget', run: gone.run });
  expect(await receiptOf(gone.run ?? '', 'result')).toMatchObject({ state: 'ENDED', exit: 0 });
  expect(await ours('one')).toBe('');
  expect(await others()).toBe(other);
  await two.expectServes('1');
  expect((await one.ops('hosts forget web1 --app one --trees --yes')).stdout).toContain('Nothing of one is on web1');

  expect((await two.ops('hosts forget web1 --trees --yes')).code).toBe(0);
  expect(await two.operator.read(`${two.dir}/ops.pins`)).not.toContain('host web1');
  expect(await web1.must('ls -d /var/lib/ops /etc/ops 2>/dev/null || true')).toBe('');
  expect(await print('/srv /etc')).toBe(before);
});

test('privilege none: what is the login’s own goes, and nothing else', async () => {
  const hosts = { web1: { user: 'plain', privilege: 'none' } };
  const keys = { path: '/home/plain/mine', user: 'plain', env: { COLOUR: 'grey' } };
  const before = await print('/home/plain');
  const project = await lab.project('mine', keys, { config: { hosts } });
  await project.deploy();
  expect((await project.ops('hosts forget web1 --trees --check')).code).toBe(3);
  const gone = await project.json<Forgotten>('hosts forget web1 --trees --yes');
  expect(gone).toMatchObject({ ok: true, code: 0, left: [], stays: [] });
  expect(gone.belongings.every(({ path }) => path.startsWith('/home/plain/'))).toBe(true);
  const left = (await print('/home/plain')).split('\n').filter(line => !before.includes(line));
  // systemd and mkdir -p made the way to where user units and state lie.
  expect(left.filter(line => !/^\/home\/plain\/\.(config|local)(\/(systemd|state)(\/[\w.]+)*)? d /.test(line))).toEqual([]);
  expect(await web1.must('systemctl --user is-active mine.service || true', { user: 'plain' })).toBe('inactive\n');
});

describe('while something else happens', () => {
  const begun = async (app: string) => {
    const project = await stubborn(app);
    const reached = removing();
    const started = project.start(`hosts forget web1 --app ${app} --trees --yes`);
    await reached;
    const run = (await web1.must('basename "$(readlink /run/ops/last)"')).trim();
    return { project, started, run };
  };
  const over = () => web1.must('while systemctl -q is-active ops-host; do sleep 0.05; done', { timeoutMs: 30_000 });

  test('ops is killed: the host goes on alone, and resume watches it to its end', async () => {
    const { project, started, run } = await begun('killed');
    await started.kill('SIGKILL');
    await started.done;
    const resumed = await project.ops(`resume ${run}`);
    expect([resumed.code, resumed.stdout], resumed.text).toEqual([0, expect.stringContaining('is left on web1')]);
    await over();
    expect(await ours('killed')).toBe('');
  });

  test('the run itself is killed: what is left is shown, and resume removes it', async () => {
    const { project, started, run } = await begun('halved');
    await web1.must('systemctl kill -s KILL ops-host.service');
    expect((await started.done).code).toBe(41);
    await over();
    expect(await ours('halved')).not.toBe('');
    const asked = await project.ops(`resume ${run}`);
    expect([asked.code, asked.stderr], asked.text).toEqual([42, expect.stringContaining('/var/lib/ops/apps/halved')]);
    const resumed = await project.ops(`resume ${run} --yes`);
    expect(resumed.code, resumed.text).toBe(0);
    expect(await ours('halved')).toBe('');
  });

  test('a deploy goes on: refused, nothing of it is touched', async () => {
    const project = await lab.project('busy');
    await project.deploy();
    await project.configure({ stable: '15s' });
    await project.put(versionOf('2'));
    const reached = phaseReached(web1, 'busy', 'stable');
    const deploying = project.start('deploy --yes');
    await reached;
    for (const only of ['--app busy', '']) {
      const ran = await project.ops(`hosts forget web1 ${only} --trees --yes`);
      expect([ran.code, ran.text], ran.text).toEqual([20, expect.stringContaining('of busy is going on')]);
    }
    expect((await deploying.done).code).toBe(0);
    await project.expectServes('2');
  });

  test('a deploy comes: that is refused, and the next one finds a host as new', async () => {
    const { project, started } = await begun('late');
    const refused = await project.ops('deploy --yes');
    expect([refused.code, refused.text], refused.text).toEqual([20, expect.stringContaining('removing')]);
    expect((await started.done).code).toBe(0);
    await project.put(versionOf('2'));
    await project.deploy();
    await project.expectServes('2');
  });

  test('something of ours came after the plan: nothing is removed', async () => {
    const project = await lab.project('asked');
    await project.deploy();
    const more = await lab.project('newer');
    const inTerminal = ['sh', '-c', 'mkfifo /tmp/forget-keys; exec script -qfec "$0" /tmp/forget-shown <>/tmp/forget-keys'];
    const command = 'ops hosts forget web1 --trees; echo $? >/tmp/forget-code';
    const asking = lab.op.spawn([...inTerminal, command], { user: 'dev', cwd: project.dir });
    await lab.op.must('until grep -q "y/N" /tmp/forget-shown 2>/dev/null; do sleep 0.1; done');
    await more.deploy();
    await lab.op.must('echo y >/tmp/forget-keys', { user: 'dev' });
    await lab.op.must('until [ -s /tmp/forget-code ]; do sleep 0.1; done', { timeoutMs: 30_000 });
    await asking.kill('SIGKILL');
    await asking.done;
    expect(await lab.op.must('cat /tmp/forget-code'), await lab.op.read('/tmp/forget-shown')).toBe('21\n');
    await project.expectServes('1');
    await more.expectServes('1');
  });
});

test(
  `${RACES} times a deploy and a forget at the same moment: the app is all there or all gone`,
  async () => {
    const random = seeded(20261128);
    const keys = { env: { COLOUR: 'red' } };
    const mine = await lab.project('raced', keys);
    const theirs = await mine.on(lab.host('op2'));
    const told: string[] = [];
    let serves: string | null = null;
    for (let race = 1; race <= RACES; race++) {
      await mine.put(versionOf(`${race}`));
      const only = race % 2 === 0 ? '--app raced' : '';
      // With the whole host its pin goes, too.
      await theirs.configure(keys);
      const deploying = mine.json<Document>('deploy --yes');
      await new Promise(resolve => setTimeout(resolve, random() * 2_500));
      const [deployed, forgot] = await Promise.all([deploying, theirs.json<Document>(`hosts forget web1 ${only} --trees --yes`)]);
      const says = `race ${race}: ${JSON.stringify({ deployed, forgot }, null, 1)}`;
      told.push(`${deployed.code}/${forgot.code}`);
      expect([0, 19, 20, 21], says).toContain(deployed.code);
      expect([0, 20, 21], says).toContain(forgot.code);
      const left = await ours('raced');
      if (left === '') {
        expect([serves, forgot.code], says).not.toEqual([expect.any(String), 20]);
        serves = null;
      } else {
        if (forgot.code === 0) serves = null;
        if (deployed.code === 0) serves = `${race}`;
        const there = { version: serves, answer: serves, unit: 'active', differs: [] };
        // Each may refuse for the other: then what was never deployed is still not, whatever was sent for it.
        const none = { link: null, version: null, answer: null, unit: 'inactive' };
        expect(await mine.look(), `${says}\n${left}`).toMatchObject(serves === null ? none : there);
      }
    }
    expect(told.join(' '), 'some met').toMatch(/20/);
  },
  RACES * 30_000,
);
