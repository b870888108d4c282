import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';
import {
  asNobody,
  beside,
  byTurns,
  coloured,
  copyIn,
  dropIn,
  here,
  inBlue,
  inCurrent,
  job,
  NODE,
  otherColour,
  otherFamily,
  otherFolder,
  otherProgram,
  type Shape,
  serving,
  sharesPort,
  shipped,
  unitOf,
  Versions,
  withMail,
} from './support/shapes.ts';

/* Ways in which a deploy can look good while something else runs, and odd ways in which it is good. */

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
});
afterAll(() => lab?.down());

/** Version 1, and then version 2 with the trouble. */
async function twoVersions(app: string, shape: Shape) {
  const versions = await Versions.of(lab, app, shape);
  const first = await versions.deploy('1');
  expect([0, 32], JSON.stringify(first)).toContain(first.code);
  await versions.trouble();
  const second = await versions.deploy('2');
  return { versions, second, seen: await versions.observe() };
}

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
    between: project => dropIn(project, `WorkingDirectory=$(readlink -f ${project.path}/current)`),
  },
  'somebody else holds the port, and the service does not mind': {
    ...shipped(({ path }) => `WorkingDirectory=${path}/current\nExecStart=${NODE} -e 'setInterval(() => {}, 1000)'`),
    before: ({ port }) => beside('squatter', serving('2', 'Number(process.argv[2])'), `${NODE} server.js ${port}`),
  },
  'it hands over to a process outside its unit': shipped(
    ({ app, path, port }) =>
      `User=root\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'systemctl is-active -q ${app}-real || systemd-run --collect --unit=${app}-real --working-directory=${path}/current ${NODE} server.js ${port}'`,
  ),
  'a forking unit takes its old process up again': shipped(
    ({ app, path, port }) =>
      `Type=forking\nKillMode=none\nPIDFile=/run/${app}/pid\nRuntimeDirectory=${app}\nRuntimeDirectoryPreserve=yes\nWorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'kill -0 $(cat /run/${app}/pid) || { ${NODE} server.js ${port} & echo $! >/run/${app}/pid; }'`,
  ),
  'two listen on the port by turns': byTurns('1'),
  'somebody else answers for the other family of addresses': otherFamily('1'),
  'the program comes by a link to an old release': {
    ...shipped(
      ({ app, path, port }, version) =>
        `WorkingDirectory=${path}/current\nExecStart=${NODE} ${version === '1' ? `${path}/current` : `/opt/${app}-pinned`}/placeless.js ${port}`,
      { files: (_, version) => ({ 'placeless.js': serving(version, 'Number(process.argv[2])') }) },
    ),
    between: ({ app, path }) => `ln -sfn "$(readlink -f ${path}/current)" /opt/${app}-pinned`,
  },
  'a worker of before goes on beside the new one': {
    ...shipped(
      ({ path, port }) =>
        `Type=exec\nKillMode=process\nWorkingDirectory=/\nExecStart=/bin/sh -c 'setsid sleep 7000 & cd ${path}/current && exec ${NODE} server.js ${port}'`,
    ),
    odd: () => "[ $(pgrep -xfc 'sleep 7000') = 1 ] || echo several",
  },
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
  'somebody shows it another folder in the place of its own': {
    ...shipped(inCurrent),
    between: project =>
      `${copyIn(`/opt/${project.app}`)} && ${dropIn(project, `BindReadOnlyPaths=/opt/${project.app}:${project.path}/current`)}`,
    odd: ({ app }) => `grep -o ' /opt/${app} ' /proc/$(systemctl show -p MainPID --value ${app})/mountinfo`,
  },
  'somebody gives it another account': asNobody,
  'somebody gives it another environment': inBlue,
  'somebody takes a variable away': {
    ...coloured,
    between: project => dropIn(project, 'UnsetEnvironment=COLOUR'),
    odd: otherColour,
  },
  'somebody keeps it from reading its environment': {
    ...coloured,
    between: project => dropIn(project, 'EnvironmentFile='),
    odd: otherColour,
  },
  'somebody has it start another program': otherProgram('2'),
  'somebody has it start another program, in words that only systemd reads': otherProgram('2', ' = '),
  'somebody has a second service start another program, where answers name the release': {
    keys: ({ app, port }) => ({
      services: { [app]: { run: `node named.js ${port}` }, [`${app}-mail`]: { run: 'sleep infinity' } },
      probes: [{ http: `http://127.0.0.1:${port}/`, contains: '{digest}', attempts: 20, interval: '200ms' }],
    }),
    files: ({ app, path }) => ({
      'named.js': `const { readFileSync, readlinkSync } = require('node:fs');
const version = readFileSync('version', 'utf8');
const meta = readFileSync('/var/lib/ops/apps/${app}/releases/' + readlinkSync('${path}/current').split('/')[1] + '/meta', 'utf8');
require('node:http').createServer((q, r) => r.end(q.url === '/v' ? version : meta)).listen(Number(process.argv[2]));\n`,
    }),
    url: ({ port }) => `http://127.0.0.1:${port}/v`,
    between: project =>
      dropIn({ ...project, app: `${project.app}-mail` } as typeof project, 'ExecStart=\\\\nExecStart=/bin/sleep 7777'),
    odd: () => 'pgrep -xf "/bin/sleep 7777"',
  },
  'an operator asks what somebody else answers': {
    ...shipped(({ path }) => `WorkingDirectory=${path}/current\nExecStart=${NODE} -e 'setInterval(() => {}, 1000)'`),
    keys: ({ app, port }) => ({
      services: { [app]: { unit: `${app}.service` } },
      probes: [{ http: `http://{host}:${port}/`, from: 'operator', attempts: 5, interval: '200ms' }],
    }),
    before: ({ app, port }) => beside(`${app}-old`, serving('2', 'Number(process.argv[2])'), `${NODE} server.js ${port}`),
  },
  'a change of somebody waits for a reload': {
    ...shipped(inCurrent),
    between: project => `${copyIn('/opt/waiting')} && systemctl() { :; }; ${dropIn(project, 'WorkingDirectory=/opt/waiting')}`,
    odd: ({ app }) => `systemctl show -p NeedDaemonReload ${app} | grep yes`,
  },
  'its environment names the old release': {
    ...shipped(project => here(project, `${NODE} home.js ${project.port}`), {
      files: () => ({
        'home.js': `const version = require('node:fs').readFileSync((process.env.APP_HOME ?? '.') + '/version');
require('node:http').createServer((q, r) => r.end(version)).listen(Number(process.argv[2]));\n`,
      }),
    }),
    between: project => dropIn(project, `Environment=APP_HOME=$(readlink -f ${project.path}/current)`),
  },
  'it keeps a file of the old release open': {
    ...shipped(
      ({ app, path, port }, version) =>
        `WorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'exec 9<${version === '1' ? '' : `/opt/${app}-pinned/`}version; exec ${NODE} open.js ${port}'`,
      {
        files: () => ({
          'open.js':
            "const version = require('node:fs').readFileSync(9); require('node:http').createServer((q, r) => r.end(version)).listen(Number(process.argv[2]));\n",
        }),
      },
    ),
    between: ({ app, path }) => `ln -sfn "$(readlink -f ${path}/current)" /opt/${app}-pinned`,
  },
  'a condition keeps a job from running': job(version => (version === '1' ? '' : 'ConditionPathExists=/none')),
  'another instance of a template goes on with the old one': {
    ...shipped(inCurrent),
    before: ({ app, path }) =>
      `printf '[Service]\\nWorkingDirectory=%s\\nExecStart=/bin/sleep infinity\\n' ${path}/current >/etc/systemd/system/${app}-worker@.service && systemctl daemon-reload`,
    between: ({ app }) => `systemctl start ${app}-worker@1`,
    odd: otherFolder('-worker@1'),
  },
  'a service that ops.yaml does not name goes on with the old one': withMail,
  'the socket of another service holds the port': {
    ...shipped(({ path }) => `WorkingDirectory=${path}/current\nExecStart=${NODE} -e 'setInterval(() => {}, 1000)'`),
    before: ({ app, port }) =>
      `mkdir -p /opt/${app} && cat >/opt/${app}/server.js <<'X'\n${serving('2', '{ fd: 3 }')}X\n` +
      `printf '[Socket]\\nListenStream=%s\\n' ${port} >/etc/systemd/system/${app}-other.socket && ` +
      `printf '[Service]\\nExecStart=%s\\n' '${NODE} /opt/${app}/server.js' >/etc/systemd/system/${app}-other.service && ` +
      `systemctl daemon-reload && systemctl start ${app}-other.socket`,
  },
  'a person’s service of the same name holds the port': {
    ...shipped(({ path }) => `WorkingDirectory=${path}/current\nExecStart=${NODE} -e 'setInterval(() => {}, 1000)'`),
    before: ({ app, port }) =>
      `${copyIn(`/opt/${app}`)} && runuser -u plain -- env XDG_RUNTIME_DIR=/run/user/1003 systemd-run --user --unit=${app} --collect --working-directory=/opt/${app} ${NODE} server.js ${port}`,
  },
  'somebody else holds the very address that is asked': {
    ...sharesPort,
    between: ({ port }) =>
      beside(
        'nearer',
        serving('1', "{ host: '127.0.0.1', port: Number(process.argv[2]), reusePort: true }"),
        `--uid=web ${NODE} server.js ${port}`,
      ),
  },
  'a unit that is over leaves the old one behind': shipped(
    ({ path, port }) =>
      `Type=oneshot\nKillMode=none\nWorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'setsid ${NODE} server.js ${port} & sleep 1'`,
  ),
};

describe('is not called deployed while', () => {
  test.each(Object.entries(LIES))('%s', async (name, shape) => {
    const { versions, second, seen } = await twoVersions(`lie${Object.keys(LIES).indexOf(name)}`, shape);
    const says = `${name}: ${JSON.stringify(seen)}\n${JSON.stringify(second)}`;
    expect([30, 31, 32], says).toContain(second.code);
    if (second.code === 30) expect(seen.answers, says).toEqual(['1']);
    else expect(versions.isRunning(seen, '2', second.hosts![0]!.seen.release), says).toBe(false);
  });
});

/** Another unit passes what comes to the port of the app on to it. */
const inFront = ({ app, port }: Project) =>
  `systemd-run --unit=${app}-front --collect ${NODE} -e "require('node:net').createServer(c => { const o = require('node:net').connect(${port + 1000}, '127.0.0.1'); c.pipe(o).pipe(c); o.on('error', () => c.destroy()); c.on('error', () => o.destroy()); }).listen(${port})"`;

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
  'a starter that spawns a shell that starts it, as npm does': shipped(project => here(project, `${NODE} starter.js`), {
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
    before: inFront,
  },
  'asked from here, behind another unit that holds the port': {
    keys: ({ app, port }) => ({
      services: { [app]: { run: `node server.js ${port + 1000}` } },
      probes: [{ http: `http://{host}:${port}/`, from: 'operator', through: `${app}-front`, attempts: 10, interval: '200ms' }],
    }),
    before: inFront,
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
  'an interpreter of its own, as a venv has it': {
    ...shipped(
      ({ path, port }) =>
        `WorkingDirectory=/\nExecStart=${path}/current/venv/bin/sh -c 'cd ${path}/current && ${NODE} server.js ${port}; :'`,
    ),
    prepare: 'mkdir -p venv/bin && cp /bin/sh venv/bin/sh',
  },
  'in a sandbox': shipped(project => `PrivateTmp=yes\nProtectSystem=strict\nProtectHome=yes\n${inCurrent(project)}`),
  'shown its folder in another place': shipped(
    ({ app, path, port }) =>
      `BindReadOnlyPaths=${path}/current:/opt/${app}\nWorkingDirectory=/opt/${app}\nExecStart=${NODE} server.js ${port}`,
  ),
  'a daemon that leaves its folder': shipped(project => here(project, `${NODE} leaves.js ${project.port}`), {
    files: (_, version) => ({ 'leaves.js': `process.chdir('/');\n${serving(version, 'Number(process.argv[2])')}` }),
  }),
  'started at another boot target than before': {
    files: (project, version) => ({
      [`${project.app}.service`]: unitOf('', inCurrent(project)).replace(
        'multi-user.target',
        version === '1' ? 'graphical.target' : 'multi-user.target',
      ),
    }),
    keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` } } }),
    odd: ({ app }) =>
      `ls /etc/systemd/system/graphical.target.wants/${app}.service 2>/dev/null; [ -e /etc/systemd/system/multi-user.target.wants/${app}.service ] || echo not enabled`,
  },
  'a job that a timer starts': {
    ...job(),
    between: ({ app }) =>
      `printf '[Timer]\\nOnActiveSec=1\\nOnUnitActiveSec=2\\nAccuracySec=100ms\\n' >/etc/systemd/system/${app}.timer && systemctl daemon-reload && systemctl start ${app}.timer`,
  },
  'a job that runs to its end': job(),
  'the login’s own, without privilege': {
    keys: ({ app }) => ({ path: `/home/plain/${app}`, user: 'plain' }),
    config: { hosts: { web1: { user: 'plain', privilege: 'none' } } },
  },
  'asked by its own name, which it does not resolve': {
    ...shipped(inCurrent),
    keys: ({ app, port }) => ({
      services: { [app]: { unit: `${app}.service` } },
      probes: [{ http: `http://{host}:${port}/`, attempts: 10, interval: '200ms' }],
    }),
    before: () => 'tailscale set --accept-dns=false',
    odd: () => `getent ahosts "$(tailscale status --json | sed -n 's/.*"DNSName": "\\(.*\\)\\.",.*/\\1/p' | head -n 1)"`,
  },
};

test('a unit that was on the host and runs another folder is stable, and proves nothing', async () => {
  const shape: Shape = {
    keys: ({ app }) => ({ services: { [app]: {} } }),
    before: ({ app, port }) =>
      `${copyIn(`/opt/${app}`)} && printf '[Service]\\nWorkingDirectory=%s\\nExecStart=%s\\n' /opt/${app} '${NODE} server.js ${port}' >/etc/systemd/system/${app}.service && systemctl daemon-reload && systemctl start ${app}`,
  };
  const { second, seen } = await twoVersions('existing', shape);
  expect(seen.folders).toEqual(['/opt/existing']);
  expect([second.code, second.hosts![0]!.seen.state]).toEqual([0, 'stable']);
});

describe('is called deployed where', () => {
  test.each(Object.entries(SOUND))('it is %s', async (name, shape) => {
    const { second, seen } = await twoVersions(`sound${Object.keys(SOUND).indexOf(name)}`, shape);
    expect([second.code, seen.answers, seen.odd], `${name}: ${JSON.stringify(second)}`).toEqual([0, ['2'], []]);
    expect(second.hosts![0]!.seen.state).toBe('proven');
  });
});
