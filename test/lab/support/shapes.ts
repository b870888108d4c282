import { expect } from 'vitest';
import type { Host } from '../../../lab/index.ts';
import type { AppKeys, AppLab, Document, Project } from './app-lab.ts';
import { versionOf } from './fixture-app.ts';

/*
 * Apps of odd shape, and the ways in which they can look good while something else runs. What is true is judged by an observer that
 * shares nothing with ops: what the port answers, from which folder the processes work that hold it, and what else a shape is to be.
 */

export interface Shape {
  /** Keys beside the apps. */
  config?: AppKeys;
  /** Where it is asked; default: its port at 127.0.0.1. */
  url?: (project: Project) => string;
  /** Keys of the app in ops.yaml. */
  keys?: (project: Project) => AppKeys;
  /** Files besides those of the fixture app, for version 1 and 2. */
  files?: (project: Project, version: string) => Record<string, string>;
  /** Done in the source, on the operator. */
  prepare?: string;
  /** Done on the host before the first deploy, and when all is well, before what is judged. */
  before?: (project: Project) => string;
  between?: (project: Project) => string;
  /** Run on the host: prints what is not as it should be, besides answers and folders. */
  odd?: (project: Project) => string;
}

export const unitOf = (lines: string, service = ''): string =>
  `[Unit]\n${lines}\n[Service]\nUser=web\n${service}\n[Install]\nWantedBy=multi-user.target\n`;

/** A unit of the app's name that comes with the source: its [Service], what [Unit] has besides, and further files. */
export const shipped = (
  service: (project: Project, version: string) => string,
  { unit = () => '', files }: { unit?: (version: string) => string; files?: Shape['files'] } = {},
): Shape => ({
  keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` } } }),
  files: (project, version) => ({
    [`${project.app}.service`]: unitOf(unit(version), service(project, version)),
    ...files?.(project, version),
  }),
});

export const NODE = '/usr/bin/env node';
export const here = ({ path }: Project, start: string) => `WorkingDirectory=${path}/current\nExecStart=${start}`;
export const inCurrent = (project: Project) => here(project, `${NODE} server.js ${project.port}`);

export const serving = (version: string, where: string) =>
  `require('node:http').createServer((q, r) => r.end('${version}')).listen(${where});\n`;
const sharing = (version: string) => serving(version, '{ port: Number(process.argv[2]), reusePort: true }');

const program = (folder: string, code: string) => `{ mkdir -p ${folder} && cat >${folder}/server.js <<'X'\n${code}X\n}`;

/** A server of its own in another folder, which has nothing to do with ops. */
export const copyIn = (folder: string, version = '2') => program(folder, serving(version, 'Number(process.argv[2])'));

/** It runs under somebody else's unit. */
export const beside = (name: string, code: string, words: string) =>
  `${program(`/opt/${name}`, code)} && systemd-run --unit=${name} --collect --working-directory=/opt/${name} ${words} && sleep 1`;

/** A drop-in that the host's administrator has for the unit. */
export const dropIn = ({ app }: Project, lines: string, section = 'Service') =>
  `mkdir -p /etc/systemd/system/${app}.service.d && printf '%b' "[${section}]\\n${lines}\\n" >/etc/systemd/system/${app}.service.d/90-admin.conf && systemctl daemon-reload`;

const mainOf = (unit: string) => `$(systemctl show -p MainPID --value ${unit})`;
/** For `odd`: its main process is of another account, has another environment, or its worker another folder than current. */
const otherAccount = ({ app }: Project) => `ps -o user= -p ${mainOf(app)} | grep -vx web`;
export const otherColour = ({ app }: Project) =>
  `tr '\\0' '\\n' </proc/${mainOf(app)}/environ | grep -qx COLOUR=red || echo 'not red'`;
export const otherFolder = (worker: string) => (project: Project) =>
  `[ "$(readlink /proc/${mainOf(`${project.app}${worker}`)}/cwd)" = "$(readlink -f ${project.path}/current)" ] || echo another`;

/** With a variable, in which its unit differs from what somebody else may say. */
export const coloured: Shape = {
  ...shipped(inCurrent),
  keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` } }, env: { COLOUR: 'red' } }),
};

/** Somebody may listen beside it on the same port. */
export const sharesPort = shipped(project => here(project, `${NODE} shares.js ${project.port}`), {
  files: (_, version) => ({ 'shares.js': sharing(version) }),
});

/** What the host's administrator has changed meanwhile. `version` is what anything else answers, so that it looks as it should. */
export const asNobody: Shape = { ...shipped(inCurrent), between: project => dropIn(project, 'User=nobody'), odd: otherAccount };
export const inBlue: Shape = {
  ...coloured,
  between: project =>
    `echo COLOUR=blue >/etc/${project.app}.env && ${dropIn(project, `EnvironmentFile=/etc/${project.app}.env`)}`,
  odd: otherColour,
};
export const otherProgram = (version: string, assign = '='): Shape => ({
  ...shipped(inCurrent),
  between: project =>
    `${copyIn(`/opt/${project.app}`, version)} && ${dropIn(project, `ExecStart${assign}\\\\nExecStart${assign}${NODE} /opt/${project.app}/server.js ${project.port}`)}`,
  odd: ({ app }) => `tr '\\0' ' ' </proc/${mainOf(app)}/cmdline | grep /opt/`,
});
export const withMail: Shape = {
  ...shipped(inCurrent),
  between: ({ app, path }) => `systemd-run --unit=${app}-mail --collect --working-directory=${path}/current sleep infinity`,
  odd: otherFolder('-mail'),
};
export const byTurns = (version: string): Shape => ({
  ...sharesPort,
  between: ({ app, port }) => beside(`${app}-turns`, sharing(version), `--uid=web ${NODE} server.js ${port}`),
});
export const otherFamily = (version: string): Shape => ({
  ...shipped(project => here(project, `${NODE} near.js ${project.port}`), {
    files: (_, own) => ({ 'near.js': serving(own, "Number(process.argv[2]), '127.0.0.1'") }),
  }),
  keys: ({ app, port }) => ({
    services: { [app]: { unit: `${app}.service` } },
    probes: [{ http: `http://localhost:${port}/`, attempts: 5, interval: '200ms' }],
  }),
  between: ({ app, port }) =>
    beside(`${app}-six`, serving(version, "Number(process.argv[2]), '::1'"), `${NODE} server.js ${port}`),
  url: ({ port }) => `http://localhost:${port}/`,
});

/** A job that notes its version and ends; what its [Unit] has is another matter of each version. */
export const job = (unit: (version: string) => string = () => ''): Shape => ({
  keys: ({ app }) => ({ services: { [app]: { unit: `${app}.service` } }, probes: [] }),
  files: ({ app, path }, version) => ({
    [`${app}.service`]: unitOf(
      unit(version),
      `Type=oneshot\nWorkingDirectory=${path}/current\nExecStart=/bin/sh -c 'cat version >/tmp/${app}-ran'`,
    ),
  }),
  url: ({ app }) => `file:///tmp/${app}-ran`,
});

/** Both versions of an app, to be put there one after the other. */
export class Versions {
  readonly project: Project;
  readonly #host: Host;
  readonly #shape: Shape;

  private constructor(project: Project, host: Host, shape: Shape) {
    this.project = project;
    this.#host = host;
    this.#shape = shape;
  }

  static async of(lab: AppLab, app: string, shape: Shape): Promise<Versions> {
    const project = await lab.project(app);
    const host = lab.host('web1');
    await project.configure({ ...shape.keys?.(project) }, shape.config);
    await host.must(shape.before?.(project) ?? ':');
    return new Versions(project, host, shape);
  }

  async deploy(version: string): Promise<Document & { code: number }> {
    const { project } = this;
    await project.put({ ...versionOf(version), ...this.#shape.files?.(project, version) });
    await project.operator.must(`cd ${project.dir}/tree && ${this.#shape.prepare ?? ':'}`, { user: 'dev' });
    return this.project.json('deploy --yes');
  }

  async deployWell(version: string): Promise<void> {
    const document = await this.deploy(version);
    expect(document.code, JSON.stringify(document)).toBe(0);
  }

  async trouble(): Promise<void> {
    await this.#host.must(this.#shape.between?.(this.project) ?? ':');
  }

  /** What runs: answers of several connections, the folders of all who listen there, and what else is odd. */
  async observe(): Promise<{ answers: string[]; folders: string[]; odd: string[] }> {
    const { port } = this.project;
    const url = this.#shape.url?.(this.project) ?? `http://127.0.0.1:${port}/`;
    const script = `for i in 1 2 3 4 5 6; do curl -s --max-time 5 ${url}; echo; done; echo --
      ss -Hltnp "sport = :${port}" | grep -o 'pid=[0-9]*' | sort -u | while IFS== read -r _ pid; do readlink /proc/$pid/cwd; done
      echo --; ${this.#shape.odd?.(this.project) ?? ':'}; :`;
    const [answers = [], folders = [], odd = []] = (await this.#host.must(script))
      .split('--\n')
      .map(text => [...new Set(text.split('\n').filter(line => line !== ''))]);
    return { answers, folders, odd };
  }

  /** Whether it is true that this version runs, as that release. */
  isRunning(seen: Awaited<ReturnType<Versions['observe']>>, version: string, release: string | undefined): boolean {
    const folder = `${this.project.path}/releases/${release}`;
    return seen.answers.join() === version && seen.folders.every(each => each === folder) && seen.odd.length === 0;
  }
}
