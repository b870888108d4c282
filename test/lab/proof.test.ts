import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../lab/index.ts';
import { type AppKeys, type AppLab, type Document, type Project, startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';

/*
 * Ways in which a deploy can look good while something else runs, and odd ways in which it is good. What is true is judged by an
 * observer that shares nothing with ops: what the port answers, and from which folder the process works that holds it.
 */

let lab: AppLab;
let web1: Host;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
  web1 = lab.host('web1');
});
afterAll(() => lab?.down());

/** What runs, seen by nobody's program: answers of several connections, and the folders of all who listen there. */
async function observe({ port }: Project, url = `http://127.0.0.1:${port}/`): Promise<{ answers: string[]; folders: string[] }> {
  const script = `for i in 1 2 3 4 5 6; do curl -s --max-time 5 ${url}; echo; done; echo --
    ss -Hltnp "sport = :${port}" | grep -o 'pid=[0-9]*' | sort -u | while IFS== read -r _ pid; do readlink /proc/$pid/cwd; done`;
  const [answers = '', folders = ''] = (await web1.must(script)).split('\n--\n');
  const unique = (text: string) => [...new Set(text.split('\n').filter(line => line !== ''))];
  return { answers: unique(answers), folders: unique(folders) };
}

interface Shape {
  /** Keys beside the apps. */
  config?: AppKeys;
  /** Where it is asked; default: its port at 127.0.0.1. */
  url?: (project: Project) => string;
  /** Keys of the app in ops.yaml. */
  keys?: (project: Project) => AppKeys;
  /** Files besides those of the fixture app, for version 1 and 2. */
  files?: (project: Project, version: string) => Record<string, string>;
  /** Done on the host before the first deploy, and between the two. */
  before?: (project: Project) => string;
  between?: (project: Project) => string;
}

const unitOf = (lines: string, service = ''): string =>
  `[Unit]\n${lines}\n[Service]\nUser=web\n${service}\n[Install]\nWantedBy=multi-user.target\n`;
/** A unit of the app's name that comes with the source: its [Service], what [Unit] has besides, and further files. */
const shipped = (
  service: (project: Project, version: string) => string,
  { unit = () => '', files }: { unit?: (version: string) => string; files?: Shape['files'] } = {},
): Shape => ({
  keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` } } }),
  files: (project, version) => ({
    [`${project.app}.service`]: unitOf(unit(version), service(project, version)),
    ...files?.(project, version),
  }),
});
const NODE = '/usr/bin/env node';
const here = ({ path }: Project, start: string) => `WorkingDirectory=${path}/current\nExecStart=${start}`;
const inCurrent = (project: Project) => here(project, `${NODE} server.js ${project.port}`);

/** Version 1 well and proven, then version 2 with the trouble. */
async function twoVersions(
  app: string,
  shape: Shape,
): Promise<{ project: Project; second: Document & { code: number }; text: string }> {
  const project = await lab.project(app);
  await project.configure({ ...shape.keys?.(project) }, shape.config);
  await web1.must(shape.before?.(project) ?? ':');
  const put = (version: string) => project.put({ ...versionOf(version), ...shape.files?.(project, version) });
  await put('1');
  const first = await project.json('deploy --yes');
  expect([0, 32], JSON.stringify(first)).toContain(first.code);
  await web1.must(shape.between?.(project) ?? ':');
  await put('2');
  const second = await project.json('deploy --yes');
  return { project, second, text: JSON.stringify(second) };
}

const serving = (version: string, where: string) =>
  `require('node:http').createServer((q, r) => r.end('${version}')).listen(${where});\n`;
const sharing = (version: string) => serving(version, '{ port: Number(process.argv[2]), reusePort: true }');

/** A server of its own in another folder, which has nothing to do with ops. */
const copyIn = (folder: string) =>
  `mkdir -p ${folder} && echo 'require("node:http").createServer((q, r) => r.end("2")).listen(Number(process.argv[2]))' >${folder}/server.js`;

const LIES: Record<string, Shape> = {
  'systemd is not to stop it': shipped(inCurrent, { unit: version => (version === '1' ? '' : 'RefuseManualStop=yes') }),
  'the old process stays in the unit and keeps the port': shipped(
    ({ path, port }) =>
      `Type=exec\nKillMode=process\nWorkingDirectory=${path}/current\nExecStart=/bin/sh -c '${NODE} server.js ${port} & sleep infinity'`,
  ),
  'the unit works in another folder': {
    ...shipped(({ port }) => `WorkingDirectory=/opt/elsewhere\nExecStart=${NODE} server.js ${port}`),
    before: () => copyIn('/opt/elsewhere'),
  },
  'a wrapper changes the folder': {
    ...shipped(
      ({ path, port }) =>
        `WorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'cd /opt/wrapped && exec ${NODE} server.js ${port}'`,
    ),
    before: () => copyIn('/opt/wrapped'),
  },
  'the unit names an old release': {
    ...shipped(inCurrent),
    between: ({ app, path }) =>
      `mkdir -p /etc/systemd/system/${app}.service.d && printf '[Service]\\nWorkingDirectory=%s\\n' "$(readlink -f ${path}/current)" >/etc/systemd/system/${app}.service.d/90-admin.conf && systemctl daemon-reload`,
  },
  'somebody else holds the port, and the service does not mind': {
    ...shipped(({ path }) => `WorkingDirectory=${path}/current\nExecStart=${NODE} -e 'setInterval(() => {}, 1000)'`),
    before: ({ port }) =>
      `${copyIn('/opt/squatter')} && systemd-run --unit=squatter --collect --working-directory=/opt/squatter ${NODE} server.js ${port}`,
  },
  'it hands over to a process outside its unit': shipped(
    ({ app, path, port }) =>
      `User=root\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'systemctl is-active -q ${app}-real || systemd-run --collect --unit=${app}-real --working-directory=${path}/current ${NODE} server.js ${port}'`,
  ),
  'a forking unit takes its old process up again': shipped(
    ({ app, path, port }) =>
      `Type=forking\nKillMode=none\nPIDFile=/run/${app}/pid\nRuntimeDirectory=${app}\nRuntimeDirectoryPreserve=yes\nWorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'kill -0 $(cat /run/${app}/pid) || { ${NODE} server.js ${port} & echo $! >/run/${app}/pid; }'`,
  ),
  'two listen on the port by turns': {
    ...shipped(project => here(project, `${NODE} shares.js ${project.port}`), {
      files: (_, version) => ({ 'shares.js': sharing(version) }),
    }),
    between: ({ port }) =>
      `mkdir -p /opt/sharing && cat >/opt/sharing/server.js <<'X'\n${sharing('1')}X\nsystemd-run --unit=sharing --uid=web --collect --working-directory=/opt/sharing ${NODE} server.js ${port}; sleep 1`,
  },
  'somebody else answers for the other family of addresses': {
    ...shipped(project => here(project, `${NODE} near.js ${project.port}`), {
      files: (_, version) => ({ 'near.js': serving(version, "Number(process.argv[2]), '127.0.0.1'") }),
    }),
    keys: ({ app, port }) => ({
      services: { [app]: { unit: `${app}.service` } },
      probes: [{ http: `http://localhost:${port}/`, attempts: 5, interval: '200ms' }],
    }),
    between: ({ port }) =>
      `mkdir -p /opt/six && cat >/opt/six/server.js <<'X'\n${serving('1', "Number(process.argv[2]), '::1'")}X\nsystemd-run --unit=six --collect --working-directory=/opt/six ${NODE} server.js ${port}; sleep 1`,
    url: ({ port }) => `http://localhost:${port}/`,
  },
  'the program comes by a link to an old release': {
    ...shipped(
      ({ app, path, port }, version) =>
        `WorkingDirectory=${path}/current\nExecStart=${NODE} ${version === '1' ? `${path}/current` : `/opt/${app}-pinned`}/placeless.js ${port}`,
      { files: (_, version) => ({ 'placeless.js': serving(version, 'Number(process.argv[2])') }) },
    ),
    between: ({ app, path }) => `ln -sfn "$(readlink -f ${path}/current)" /opt/${app}-pinned`,
  },
  'a worker of before goes on beside the new one': shipped(
    ({ path, port }) =>
      `Type=exec\nKillMode=process\nWorkingDirectory=/\nExecStart=/bin/sh -c 'setsid sleep 7000 & cd ${path}/current && exec ${NODE} server.js ${port}'`,
  ),
  'a condition keeps it from starting': shipped(inCurrent, {
    unit: version => (version === '1' ? '' : 'ConditionPathExists=/none'),
  }),
  'the one that failed keeps the port after the way back': {
    ...shipped(
      (project, version) =>
        `Type=exec\nKillMode=${version === '1' ? 'mixed' : 'process'}\n${here(project, `/bin/sh -c '${NODE} retrying.js ${project.port} & sleep infinity'`)}`,
      {
        // Takes the port as soon as it is free; the second one answers, and not as it should.
        files: (_, version) => ({
          'retrying.js': `const server = require('node:http').createServer((q, r) => { r.statusCode = ${version === '1' ? 200 : 503}; r.end('${version}'); });
server.on('error', () => setTimeout(() => server.listen(Number(process.argv[2])), 100)).listen(Number(process.argv[2]));\n`,
        }),
      },
    ),
  },
};

describe('is not called deployed while', () => {
  test.each(Object.entries(LIES))('%s', async (name, shape) => {
    const { project, second, text } = await twoVersions(`lie${Object.keys(LIES).indexOf(name)}`, shape);
    const seen = await observe(project, shape.url?.(project));
    const runsIt = seen.answers.join() === '2' && seen.folders.every(folder => folder.startsWith(`${project.path}/releases/`));
    const says = `${name}: ${JSON.stringify(seen)}\n${text}`;
    expect([30, 31, 32], says).toContain(second.code);
    if (second.code === 30) expect(seen.answers, says).toEqual(['1']);
    // What is beside it is no part of what answers.
    else if (!/beside/.test(name))
      expect(runsIt && seen.folders.every(folder => folder.endsWith(second.hosts![0]!.seen.release!)), says).toBe(false);
  });
});

const SOUND: Record<string, Shape> = {
  'a wrapper that execs': shipped(project => here(project, `/bin/sh ${project.path}/current/start.sh`), {
    files: ({ port }) => ({ 'start.sh': `exec node server.js ${port}\n` }),
  }),
  'a shell that stays, and two processes': shipped(project =>
    here(project, `/bin/sh -c '${NODE} server.js ${project.port} & sleep infinity & wait'`),
  ),
  'another folder, and the program by its path': shipped(
    ({ path, port }) => `WorkingDirectory=/\nExecStart=${NODE} ${path}/current/placeless.js ${port}`,
    { files: (_, version) => ({ 'placeless.js': serving(version, 'Number(process.argv[2])') }) },
  ),
  'a starter that spawns a shell that starts it': shipped(project => here(project, `${NODE} starter.js`), {
    files: ({ port }) => ({
      'starter.js': `require('node:child_process').spawn('sh', ['-c', 'node server.js ${port}'], { stdio: 'inherit' });\n`,
    }),
  }),
  'a unit that says itself when it is ready': shipped(
    project =>
      `Type=notify\nNotifyAccess=all\n${here(project, `/bin/sh -c 'systemd-notify --ready; exec ${NODE} server.js ${project.port}'`)}`,
  ),
  'a unit that forks': shipped(
    project =>
      `Type=forking\nRuntimeDirectory=${project.app}\nPIDFile=/run/${project.app}/pid\n${here(project, `/bin/sh -c '${NODE} server.js ${project.port} & echo $! >/run/${project.app}/pid'`)}`,
  ),
  'started by its socket': {
    ...shipped(project => here(project, `${NODE} inherits.js`), {
      files: ({ port }, version) => ({ 'inherits.js': serving(version, version === '1' ? `${port}` : '{ fd: 3 }') }),
    }),
    between: ({ app, port }) =>
      `systemctl stop ${app} && printf '[Socket]\\nListenStream=%s\\n' ${port} >/etc/systemd/system/${app}.socket && systemctl daemon-reload && systemctl start ${app}.socket`,
  },
  'two units of which one is bound to the other': {
    keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` }, [`${app}-side`]: { unit: `${app}-side.service` } } }),
    files: project => ({
      [`${project.app}.service`]: unitOf('', here(project, `${NODE} server.js ${project.port}`)),
      [`${project.app}-side.service`]: unitOf(
        `BindsTo=${project.app}.service\nAfter=${project.app}.service`,
        here(project, `${NODE} -e 'setInterval(() => {}, 1000)'`),
      ),
    }),
  },
  'behind another unit that holds the port': {
    keys: ({ app, port }) => ({
      services: { [app]: { run: `node server.js ${port + 1000}` } },
      probes: [{ http: `http://127.0.0.1:${port}/`, through: `${app}-front`, attempts: 10, interval: '200ms' }],
    }),
    before: ({ app, port }) =>
      `systemd-run --unit=${app}-front --collect ${NODE} -e "require('node:net').createServer(c => { const o = require('node:net').connect(${port + 1000}, '127.0.0.1'); c.pipe(o).pipe(c); o.on('error', () => c.destroy()); c.on('error', () => o.destroy()); }).listen(${port})"`,
  },
  'somewhere else, and says which release it is': {
    keys: ({ app, port }) => ({
      services: { [app]: { unit: `${app}.service` } },
      probes: [
        { http: `http://127.0.0.1:${port}/`, contains: '{digest}', through: `${app}-far`, attempts: 20, interval: '200ms' },
      ],
    }),
    files: ({ app, port }) => ({
      // What a container engine does: the unit only asks for it, and the process is no child of it.
      [`${app}.service`]: unitOf(
        '',
        `User=root\nWorkingDirectory=/\nExecStart=/usr/bin/systemd-run --quiet --wait --collect --unit=${app}-far ${NODE} /opt/${app}-image.js ${port}\nExecStop=/bin/systemctl stop ${app}-far`,
      ),
      'image.js': '// what the engine runs is built from this\n',
    }),
    before: ({ app, path }) =>
      `cat >/opt/${app}-image.js <<'X'\nconst { readdirSync, readlinkSync, readFileSync } = require('node:fs');\nconst id = readlinkSync('${path}/current').split('/')[1];\nconst meta = readFileSync('/var/lib/ops/apps/${app}/releases/' + id + '/meta', 'utf8');\nconst version = readFileSync('${path}/current/version', 'utf8');\nrequire('node:http').createServer((q, r) => r.end(q.url === '/v' ? version : meta)).listen(Number(process.argv[2]));\nX`,
    url: ({ port }) => `http://127.0.0.1:${port}/v`,
  },
  'a job that runs to its end': {
    keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` } }, probes: [] }),
    files: ({ app, path }) => ({
      [`${app}.service`]: unitOf(
        '',
        `Type=oneshot\nWorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'cat version >/tmp/${app}-ran'`,
      ),
    }),
    url: ({ app }) => `file:///tmp/${app}-ran`,
  },
  'the login’s own, without privilege': {
    keys: ({ app }) => ({ path: `/home/plain/${app}`, user: 'plain' }),
    config: { hosts: { web1: { user: 'plain', privilege: 'none' } } },
  },
};

describe('is called deployed where', () => {
  test.each(Object.entries(SOUND))('it is %s', async (name, shape) => {
    const { project, second, text } = await twoVersions(`sound${Object.keys(SOUND).indexOf(name)}`, shape);
    expect([second.code, (await observe(project, shape.url?.(project))).answers], `${name}: ${text}`).toEqual([0, ['2']]);
    expect(second.hosts![0]!.seen.state).toBe('proven');
  });
});
