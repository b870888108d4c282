import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';
import { BEHAVIOUR, versionOf } from './support/fixture-app.ts';
import { phaseReached } from './support/interrupted.ts';
import { dropIn, NODE, unitOf } from './support/shapes.ts';

/* Going back is possible from every state that a deploy can leave, and what it says is true. */

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
});
afterAll(() => lab?.down());

const onHost = (command: string) => lab.host('web1').must(command);
const IF_WELL = "if (require('node:fs').existsSync('/srv/TROUBLE')) process.exit(1);\n";

interface Case {
  /** Exit code of the deploy of version 3 that leaves the state. */
  code: number;
  /** What is done besides the deploy. */
  trouble?: (project: Project) => string;
  behaviour?: string;
  relief?: (project: Project) => string;
  /** Version that a rollback goes to. */
  to: string;
}

const CASES: Record<string, Case> = {
  'it failed, and the host is back': { code: 30, behaviour: BEHAVIOUR.crashes, to: '1' },
  'it was refused before the switch': { code: 21, behaviour: 'module.exports = ;\n', to: '1' },
  'it failed, and so did the way back': {
    code: 31,
    trouble: ({ app }) => `touch /srv/${app}/shared/trouble`,
    relief: ({ app }) => `rm /srv/${app}/shared/trouble`,
    to: '1',
  },
  'it is live, and nobody can say that it runs': {
    code: 32,
    trouble: project => dropIn(project, `WorkingDirectory=$(readlink -f ${project.path}/current)`),
    relief: ({ app }) => `rm /etc/systemd/system/${app}.service.d/90-admin.conf; systemctl daemon-reload`,
    to: '2',
  },
};

/** Versions 1 and 2 were deployed, 3 is in the source, and the run of this command was killed while its release was watched. */
async function cutOffAfterSwitch(app: string, command: string): Promise<{ project: Project; second: string | null }> {
  const project = await lab.project(app);
  await project.configure({ stable: '8s' });
  for (const version of ['1', '2']) {
    await project.put(versionOf(version));
    await project.deploy();
  }
  const { link } = await project.look();
  await project.put(versionOf('3'));
  const reached = phaseReached(lab.host('web1'), app, 'stable');
  const started = project.start(command);
  await reached;
  await onHost(`systemctl kill -s KILL --kill-who=all ops-app-${app}`);
  expect((await started.done).code).not.toBe(0);
  return { project, second: link };
}

describe('a rollback when a deploy ended so that', () => {
  test.each(Object.entries(CASES))('%s', async (name, { code, trouble, behaviour, relief, to }) => {
    const project = await lab.project(`from${Object.keys(CASES).indexOf(name)}`);
    await project.configure({ shared: ['data'], checks: [['node', '--check', 'behaviour.js']] });
    const well = IF_WELL.replace('/srv/TROUBLE', `/srv/${project.app}/shared/trouble`);
    for (const version of ['1', '2']) {
      await project.put(versionOf(version, `${well}${BEHAVIOUR.serves}`));
      await project.deploy();
    }
    await onHost(trouble?.(project) ?? ':');
    await project.put(versionOf('3', behaviour ?? `${well}${BEHAVIOUR.serves}`));
    await project.deploy(code);
    await onHost(relief?.(project) ?? ':');
    const back = await project.ops('rollback --yes');
    expect(back.code, back.text).toBe(0);
    await project.expectServes(to);
    await project.put(versionOf('4'));
    await project.deploy();
    await project.expectServes('4');
  });

  test('it was cut off after the switch', async () => {
    const { project } = await cutOffAfterSwitch('cutoff', 'deploy --yes');
    const back = await project.ops('rollback --yes');
    expect(back.code, back.text).toBe(0);
    await project.expectServes('2');
  });

  test('a rollback was cut off after the switch: once it is resumed, nothing goes back to what it has left', async () => {
    const { project, second } = await cutOffAfterSwitch('cutback', 'rollback --yes');
    const resumed = await project.ops('resume --yes');
    expect(resumed.code, resumed.text).toBe(0);
    await project.expectServes('1');
    expect((await onHost(`cat /var/lib/ops/apps/cutback/${second}/state`)).trim()).toBe('left');
  });
});

describe('what ran before ops came', () => {
  /** Its first release asks for an answer that it never gave. */
  const adopted = async (app: string, behaviour: string) => {
    const project = await lab.project(app);
    for (const [path, content] of Object.entries(versionOf('by hand')))
      await lab.host('web1').write(`/srv/${app}/${path}`, content);
    const unit = `[Service]\nUser=web\nWorkingDirectory=/srv/${app}\nExecStart=/usr/bin/env node server.js ${project.port}\n`;
    await lab.host('web1').write(`/etc/systemd/system/${app}.service`, unit);
    await onHost(`chown -R web: /srv/${app} && systemctl daemon-reload && systemctl start ${app}`);
    const http = `http://127.0.0.1:${project.port}/`;
    await project.configure({ probes: [{ http, contains: '1', attempts: 3, interval: '200ms' }] });
    await project.put(versionOf('1', behaviour));
    return project;
  };

  test('is gone back to by a release that fails, though it never answered as that was to', async () => {
    const project = await adopted('before', BEHAVIOUR.crashes);
    await project.deploy(30, '--adopt');
    expect(await project.look()).toMatchObject({ answer: 'by hand', unit: 'active' });
  });

  test('is rolled back to, though it never answered as the release does', async () => {
    const project = await adopted('earlier', BEHAVIOUR.serves);
    await project.deploy(0, '--adopt');
    const back = await project.ops('rollback --yes');
    expect(back.code, back.text).toBe(0);
    expect(await project.look()).toMatchObject({ answer: 'by hand', unit: 'active' });
  });
});

/** A unit that leaves its worker behind when it is stopped, one without a folder of the app. */
const leavesWorker = ({ path, port }: Project, words: string) =>
  unitOf(
    '',
    `Type=exec\nKillMode=process\nWorkingDirectory=/\nExecStart=/bin/sh -c 'setsid sleep ${words} & cd ${path}/current && exec ${NODE} server.js ${port}'`,
  );
const workers = async (words: string) => (await onHost(`pgrep -xfc 'sleep ${words}' || :`)).trim();

test('nothing that the failed one has started goes on after the way back, and what was there before does', async () => {
  const project = await lab.project('worker');
  await project.configure({ services: { worker: { unit: 'worker.service' } } });
  await project.put({ ...versionOf('1'), 'worker.service': leavesWorker(project, '7101') });
  await project.deploy();
  await project.put({ ...versionOf('2', BEHAVIOUR.isIll), 'worker.service': leavesWorker(project, '7102') });
  const { text } = await project.deploy(30);
  await project.expectServes('1');
  expect(await workers('7102'), text).toBe('0');
  expect(await workers('7101')).toBe('2');
});

test('a service that ops.yaml does not name any more takes its processes along, and so does one that is forgotten', async () => {
  const project = await lab.project('goes');
  const other = { services: { goes: { run: `node server.js ${project.port}` }, 'goes-side': { unit: 'goes-side.service' } } };
  const side = unitOf(
    '',
    `Type=exec\nKillMode=process\nWorkingDirectory=${project.path}/current\nExecStart=/bin/sh -c '(cd / && exec setsid sleep 7103) & exec sleep 7104'`,
  );
  for (const gone of ['deploy', 'forget']) {
    await project.configure(other);
    await project.put({ ...versionOf(`1 ${gone}`), 'goes-side.service': side });
    await project.deploy();
    expect(await workers('7103')).toBe('1');
    if (gone === 'deploy') {
      await project.configure({});
      await project.deploy();
    } else {
      const forgotten = await project.ops('hosts forget web1 --app goes --yes');
      expect(forgotten.code, forgotten.text).toBe(0);
    }
    expect(await workers('7103'), gone).toBe('0');
  }
});
