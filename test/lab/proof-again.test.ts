import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppLab, startAppLab } from './support/app-lab.ts';
import {
  asNobody,
  beside,
  byTurns,
  copyIn,
  dropIn,
  here,
  inBlue,
  inCurrent,
  NODE,
  otherFamily,
  otherProgram,
  type Shape,
  serving,
  shipped,
  Versions,
  withMail,
} from './support/shapes.ts';

/* Ways in which going back, or having nothing to do, can look good while something else runs. */

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
});
afterAll(() => lab?.down());

const inOtherFolder: Shape = {
  ...shipped(inCurrent),
  between: project => `${copyIn('/opt/elsewhere', '1')} && ${dropIn(project, 'WorkingDirectory=/opt/elsewhere')}`,
};

const NOT_BACK: Record<string, Shape> = {
  'systemd is not to stop it': { ...shipped(inCurrent), between: project => dropIn(project, 'RefuseManualStop=yes', 'Unit') },
  'the newer process stays in the unit and keeps the port': {
    ...shipped(project => here(project, `/bin/sh -c '${NODE} server.js ${project.port} & sleep infinity'`)),
    between: project => dropIn(project, 'KillMode=process'),
  },
  'the unit names the newer release': {
    ...shipped(inCurrent),
    between: project => dropIn(project, `WorkingDirectory=$(readlink -f ${project.path}/current)`),
  },
  'a service that ops.yaml does not name goes on with the newer one': withMail,
  'a condition keeps it from starting': {
    ...shipped(inCurrent),
    between: project => dropIn(project, 'ConditionPathExists=/none', 'Unit'),
  },
  'the unit works in another folder': inOtherFolder,
  'somebody has it start another program': otherProgram('1'),
  'somebody gives it another account': asNobody,
  'somebody gives it another environment': inBlue,
  'two listen on the port by turns': byTurns('2'),
  'somebody else answers for the other family of addresses': otherFamily('2'),
};

describe('is not called gone back while', () => {
  test.each(Object.entries(NOT_BACK))('%s', async (name, shape) => {
    const versions = await Versions.of(lab, `back${Object.keys(NOT_BACK).indexOf(name)}`, shape);
    await versions.deployWell('1');
    await versions.deployWell('2');
    await versions.trouble();
    const back = await versions.project.json('rollback --yes');
    const seen = await versions.observe();
    const says = `${name}: ${JSON.stringify(seen)}\n${JSON.stringify(back)}`;
    expect([30, 31, 32], says).toContain(back.code);
    expect(versions.isRunning(seen, '1', back.hosts![0]!.seen.release), says).toBe(false);
  });
});

const restarted = (shape: Shape): Shape => ({
  ...shape,
  between: project => `${shape.between!(project)} && systemctl restart ${project.app} && sleep 1`,
});

const NOT_AS_IT_WAS: Record<string, Shape> = {
  'works in another folder': restarted(inOtherFolder),
  'starts another program': restarted(otherProgram('1')),
  'has another account': restarted(asNobody),
  'has another environment': restarted(inBlue),
  'shares its port by turns': byTurns('2'),
  'has somebody else answer for the other family of addresses': otherFamily('2'),
  'has lost its port to somebody else': {
    ...shipped(project => here(project, `${NODE} patient.js ${project.port}`), {
      files: (_, version) => ({
        'patient.js': `const server = require('node:http').createServer((q, r) => r.end('${version}'));
server.on('error', () => setTimeout(() => server.listen(Number(process.argv[2])), 100)).listen(Number(process.argv[2]));\n`,
      }),
    }),
    between: ({ app, port }) =>
      `systemctl stop ${app} && ${beside(`${app}-taker`, serving('2', 'Number(process.argv[2])'), `${NODE} server.js ${port}`)} && systemctl start ${app}`,
  },
  'does not answer any more, however long one waits': {
    ...shipped(inCurrent),
    keys: ({ app, port }) => ({
      services: { [app]: { unit: `${app}.service` } },
      probes: [{ http: `http://127.0.0.1:${port}/`, attempts: 5, interval: '200ms', timeout: '60s' }],
    }),
    between: ({ app }) => `systemctl kill -s STOP ${app}`,
  },
  'has a unit that was edited, restarted and put back': {
    ...shipped(inCurrent),
    between: ({ app }) =>
      `${copyIn('/opt/putback', '3')} && cd /etc/systemd/system && cp ${app}.service /tmp/ && sed -i 's,^WorkingDirectory=.*,WorkingDirectory=/opt/putback,' ${app}.service && systemctl daemon-reload && systemctl restart ${app} && sleep 1 && cp /tmp/${app}.service .`,
  },
  'has a unit that was edited by hand': restarted({
    ...shipped(inCurrent),
    between: ({ app }) =>
      `${copyIn('/opt/edited', '3')} && sed -i 's,^WorkingDirectory=.*,WorkingDirectory=/opt/edited,' /etc/systemd/system/${app}.service && systemctl daemon-reload`,
  }),
};

describe('there is something to do, or it is said, when the service', () => {
  test.each(Object.entries(NOT_AS_IT_WAS))('%s', async (name, shape) => {
    const versions = await Versions.of(lab, `same${Object.keys(NOT_AS_IT_WAS).indexOf(name)}`, shape);
    await versions.deployWell('1');
    const release = async () => (await versions.project.look()).link?.split('/')[1];
    await versions.trouble();
    expect(versions.isRunning(await versions.observe(), '1', await release()), 'the trouble is real').toBe(false);
    const again = await versions.deploy('1');
    const seen = await versions.observe();
    const says = `${name}: ${JSON.stringify(seen)}\n${JSON.stringify(again)}`;
    expect(again.code === 0, says).toBe(versions.isRunning(seen, '1', await release()));
  });
});
