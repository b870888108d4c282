import { expect } from 'vitest';
import { type ExecOptions, type Host, type Lab, type LabOptions, type Running, startLab } from '../../../lab/index.ts';
import { versionOf } from './fixture-app.ts';
import { look, type Place, type Seen } from './look.ts';

/** How one run of ops ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both together: what a person sees. */
  readonly text: string;
}

interface OpsOptions extends ExecOptions {
  readonly before?: string;
}

/** Keys of an app in ops.yaml that a test cares about. */
export type AppKeys = Readonly<Record<string, unknown>>;

/** A lab whose hosts are pinned, with as many projects on its operator as the tests of one file need. */
export class AppLab {
  readonly lab: Lab;
  readonly op: Host;
  /** Text of an ops.pins for all hosts. */
  readonly pins: string;
  #ports = 3000;

  constructor(lab: Lab, pins: string) {
    this.lab = lab;
    this.op = lab.operator;
    this.pins = pins;
  }

  host(name: string): Host {
    return this.lab.host(name);
  }

  /** A folder with an ops.yaml for one app, and version 1 of the fixture app beside it. */
  async project(app: string, keys: AppKeys = {}, options: { config?: AppKeys; operator?: Host } = {}): Promise<Project> {
    const port = ++this.#ports;
    const project = new Project(this, app, port, options.operator ?? this.op);
    await project.configure(keys, options.config);
    await project.put(versionOf('1'));
    return project;
  }

  down(): Promise<void> {
    return this.lab.down();
  }
}

const WRITE_FILES = `
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
for (const [path, content] of JSON.parse(readFileSync(0, 'utf8'))) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}`;

/** One app on the operator's disk, and the commands typed there. */
export class Project implements Place {
  readonly app: string;
  readonly port: number;
  readonly path: string;
  readonly dir: string;
  readonly operator: Host;
  readonly #lab: AppLab;
  #keys: AppKeys = {};
  #config: AppKeys = {};

  constructor(lab: AppLab, app: string, port: number, operator: Host) {
    this.#lab = lab;
    this.app = app;
    this.port = port;
    this.path = `/srv/${app}`;
    this.dir = `/home/dev/${app}`;
    this.operator = operator;
  }

  /** The same app on another operator's disk, with the tree of version 1. */
  async on(operator: Host): Promise<Project> {
    const other = new Project(this.#lab, this.app, this.port, operator);
    await other.configure(this.#keys, this.#config);
    await other.put(versionOf('1'));
    return other;
  }

  /** Writes ops.yaml: JSON is YAML. What `keys` and `config` leave out suits most tests. */
  async configure(keys: AppKeys = {}, config: AppKeys = {}): Promise<void> {
    this.#keys = keys;
    this.#config = config;
    const app = {
      hosts: ['web1'],
      source: 'tree',
      user: 'web',
      services: { [this.app]: { run: `node server.js ${this.port}` } },
      probes: [{ http: `http://127.0.0.1:${this.port}/`, attempts: 5, interval: '200ms' }],
      ...keys,
    };
    const hosts = Object.fromEntries(this.#lab.lab.hosts.map(host => [host.name, {}]));
    const defaults = { user: 'deploy', stable: '1s' };
    const written = { version: 1, tailnet: this.#lab.lab.suffix, defaults, hosts, apps: { [this.app]: app }, ...config };
    await this.write({ 'ops.yaml': `${JSON.stringify(written, null, 2)}\n`, 'ops.pins': this.#lab.pins });
  }

  /** Makes the tree exactly these files. */
  async put(files: Readonly<Record<string, string>>): Promise<void> {
    await this.operator.must(['rm', '-rf', `${this.dir}/tree`]);
    await this.write(Object.fromEntries(Object.entries(files).map(([path, content]) => [`tree/${path}`, content])));
  }

  /** Writes files below the project's folder, as dev. */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    const absolute = Object.entries(files).map(([path, content]) => [`${this.dir}/${path}`, content]);
    await this.operator.must(['node', '-e', WRITE_FILES], { user: 'dev', input: JSON.stringify(absolute) });
  }

  /** Starts `ops …` as dev in the project's folder, in a shell that did `before`. */
  start(args: string, { before = ':', ...options }: OpsOptions = {}): Running {
    return this.operator.spawn(['sh', '-c', `${before}; exec ops ${args}`], {
      user: 'dev',
      cwd: this.dir,
      timeoutMs: 120_000,
      ...options,
    });
  }

  async ops(args: string, options: OpsOptions = {}): Promise<Ran> {
    const { code, stdout, stderr } = await this.start(args, options).done;
    return { code, stdout, stderr, text: stderr + stdout };
  }

  /** Runs `ops … --json` and reads what it printed; the exit code must be the one it tells. */
  async json<T = Document>(args: string, options: OpsOptions = {}): Promise<T & { code: number }> {
    const ran = await this.ops(`${args} --json`, options);
    const document = JSON.parse(ran.stdout) as T & { exit: number };
    expect(document.exit, ran.text).toBe(ran.code);
    return { ...document, code: document.exit };
  }

  /** `ops deploy --yes` that has to end with `code`. */
  async deploy(code = 0, args = ''): Promise<Ran> {
    const ran = await this.ops(`deploy --yes ${args}`);
    expect(ran.code, ran.text).toBe(code);
    return ran;
  }

  look(host = 'web1', place: Place = this): Promise<Seen> {
    return look(this.#lab.host(host), place);
  }

  /** The host serves this version, from a complete release, and nothing else is left of other attempts. */
  async expectServes(version: string, host = 'web1'): Promise<Seen> {
    const seen = await this.look(host);
    expect(seen).toMatchObject({ version, answer: version, differs: [], unit: 'active' });
    return seen;
  }
}

/** What every `--json` document has. */
export interface Document {
  readonly schema: string;
  readonly ok: boolean;
  readonly exit: number;
  readonly run?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly hosts?: readonly {
    readonly host: string;
    readonly result: string;
    readonly code: string | null;
    readonly seen: Readonly<Record<string, string>>;
    readonly executions: number;
  }[];
}

/** Starts a lab and pins its hosts. OPS_LAB_CHECKOUT names another build of ops to try. */
export async function startAppLab(options: LabOptions): Promise<AppLab> {
  const checkout = process.env.OPS_LAB_CHECKOUT;
  const lab = await startLab({ ...options, ...(checkout ? { checkout } : {}) });
  try {
    const hosts = Object.fromEntries(lab.hosts.map(host => [host.name, { user: 'deploy' }]));
    const config = JSON.stringify({ version: 1, tailnet: lab.suffix, hosts });
    await lab.operator.write('/home/dev/ops.yaml', config, { owner: 'dev:dev' });
    await lab.operator.must('ops hosts pin --yes', { user: 'dev' });
    return new AppLab(lab, await lab.operator.read('/home/dev/ops.pins'));
  } catch (error) {
    await lab.down();
    throw error;
  }
}
