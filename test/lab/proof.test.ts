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
async function observe({ port }: Project): Promise<{ answers: string[]; folders: string[] }> {
  const script = `for i in 1 2 3 4 5 6; do curl -s --max-time 5 http://127.0.0.1:${port}/; echo; done; echo --
    ss -Hltnp "sport = :${port}" | grep -o 'pid=[0-9]*' | sort -u | while IFS== read -r _ pid; do readlink /proc/$pid/cwd; done`;
  const [answers = '', folders = ''] = (await web1.must(script)).split('\n--\n');
  const unique = (text: string) => [...new Set(text.split('\n').filter(line => line !== ''))];
  return { answers: unique(answers), folders: unique(folders) };
}

interface Shape {
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
const shipped = (unit: (project: Project, version: string) => string): Pick<Shape, 'keys' | 'files'> => ({
  keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` } } }),
  files: (project, version) => ({ [`${project.app}.service`]: unit(project, version) }),
});
const NODE = '/usr/bin/env node';
const inCurrent = ({ path, port }: Project) => `WorkingDirectory=${path}/current\nExecStart=${NODE} server.js ${port}`;

/** Version 1 well and proven, then version 2 with the trouble. */
async function twoVersions(
  app: string,
  shape: Shape,
): Promise<{ project: Project; second: Document & { code: number }; text: string }> {
  const project = await lab.project(app);
  await project.configure({ ...shape.keys?.(project) });
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

/** A server of its own in another folder, which has nothing to do with ops. */
const copyIn = (folder: string) =>
  `mkdir -p ${folder} && echo 'require("node:http").createServer((q, r) => r.end("2")).listen(Number(process.argv[2]))' >${folder}/server.js`;

const LIES: Record<string, Shape> = {
  'systemd is not to stop it': shipped((project, version) =>
    unitOf(version === '1' ? '' : 'RefuseManualStop=yes', inCurrent(project)),
  ),
  'the old process stays in the unit and keeps the port': shipped(({ path, port }) =>
    unitOf(
      '',
      `Type=exec\nKillMode=process\nWorkingDirectory=${path}/current\nExecStart=/bin/sh -c '${NODE} server.js ${port} & sleep infinity'`,
    ),
  ),
  'the unit works in another folder': {
    ...shipped(({ port }) => unitOf('', `WorkingDirectory=/opt/elsewhere\nExecStart=${NODE} server.js ${port}`)),
    before: () => copyIn('/opt/elsewhere'),
  },
  'a wrapper changes the folder': {
    ...shipped(({ path, port }) =>
      unitOf('', `WorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'cd /opt/wrapped && exec ${NODE} server.js ${port}'`),
    ),
    before: () => copyIn('/opt/wrapped'),
  },
  'the unit names an old release': {
    ...shipped(project => unitOf('', inCurrent(project))),
    between: ({ app, path }) =>
      `mkdir -p /etc/systemd/system/${app}.service.d && printf '[Service]\\nWorkingDirectory=%s\\n' "$(readlink -f ${path}/current)" >/etc/systemd/system/${app}.service.d/90-admin.conf && systemctl daemon-reload`,
  },
  'somebody else holds the port, and the service does not mind': {
    ...shipped(({ path }) => unitOf('', `WorkingDirectory=${path}/current\nExecStart=${NODE} -e 'setInterval(() => {}, 1000)'`)),
    before: ({ port }) =>
      `${copyIn('/opt/squatter')} && systemd-run --unit=squatter --collect --working-directory=/opt/squatter ${NODE} server.js ${port}`,
  },
  'it hands over to a process outside its unit': shipped(({ app, path, port }) =>
    unitOf(
      '',
      `User=root\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'systemctl is-active -q ${app}-real || systemd-run --collect --unit=${app}-real --working-directory=${path}/current ${NODE} server.js ${port}'`,
    ),
  ),
  'a forking unit takes its old process up again': shipped(({ app, path, port }) =>
    unitOf(
      '',
      `Type=forking\nKillMode=none\nPIDFile=/run/${app}/pid\nRuntimeDirectory=${app}\nRuntimeDirectoryPreserve=yes\nWorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'kill -0 $(cat /run/${app}/pid) || { ${NODE} server.js ${port} & echo $! >/run/${app}/pid; }'`,
    ),
  ),
};

describe('is not called deployed while', () => {
  test.each(Object.entries(LIES))('%s', async (name, shape) => {
    const { project, second, text } = await twoVersions(`lie${Object.keys(LIES).indexOf(name)}`, shape);
    const seen = await observe(project);
    const runsIt = seen.answers.join() === '2' && seen.folders.every(folder => folder.startsWith(`${project.path}/releases/`));
    const says = `${name}: ${JSON.stringify(seen)}\n${text}`;
    expect([30, 31, 32], says).toContain(second.code);
    if (second.code === 30) expect(seen.answers, says).toEqual(['1']);
    else expect(runsIt && seen.folders.every(folder => folder.endsWith(second.hosts![0]!.seen.release!)), says).toBe(false);
  });
});

const SOUND: Record<string, Shape> = {
  'a wrapper that execs': {
    ...shipped(({ path }) => unitOf('', `WorkingDirectory=${path}/current\nExecStart=/bin/sh ${path}/current/start.sh`)),
    files: ({ app, path, port }) => ({
      [`${app}.service`]: unitOf('', `WorkingDirectory=${path}/current\nExecStart=/bin/sh ${path}/current/start.sh`),
      'start.sh': `exec node server.js ${port}\n`,
    }),
  },
  'a shell that stays, and two processes': shipped(({ path, port }) =>
    unitOf('', `WorkingDirectory=${path}/current\nExecStart=/bin/sh -c '${NODE} server.js ${port} & sleep infinity & wait'`),
  ),
  'another folder, and the program by its path': {
    keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` } } }),
    files: ({ app, path, port }, version) => ({
      [`${app}.service`]: unitOf('', `WorkingDirectory=/\nExecStart=${NODE} ${path}/current/placeless.js ${port}`),
      'placeless.js': `require('node:http').createServer((q, r) => r.end('${version}\\n')).listen(Number(process.argv[2]));\n`,
    }),
  },
};

describe('is called deployed where', () => {
  test.each(Object.entries(SOUND))('it is %s', async (name, shape) => {
    const { project, second, text } = await twoVersions(`sound${Object.keys(SOUND).indexOf(name)}`, shape);
    expect([second.code, (await observe(project)).answers], `${name}: ${text}`).toEqual([0, ['2']]);
    expect(second.hosts![0]!.seen.state).toBe('proven');
  });
});
