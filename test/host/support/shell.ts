import { spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { CommandSpec, HostRunner, Result, RunOptions } from '../../../src/exec/runner.ts';
import { type Answer, parseAnswer } from '../../../src/host/answer.ts';
import { type Composition, enclose, readProgramFile } from '../../../src/host/compose.ts';

/** Where a tool is, or an error that says how to get it. */
export function need(tool: string, debianPackage: string): string {
  const found = (process.env.PATH ?? '').split(delimiter).find(dir => existsSync(join(dir, tool)));
  if (found === undefined) throw new Error(`${tool} is missing: apt-get install -y ${debianPackage}`);
  return join(found, tool);
}

/** The shells that hosts have as /bin/sh. */
export const SHELLS: Readonly<Record<string, () => readonly string[]>> = {
  dash: () => [need('dash', 'dash')],
  'busybox sh': () => [need('busybox', 'busybox-static'), 'sh'],
};

/** Debian's busybox sh runs tools of its own without looking at PATH; hosts have GNU findutils and coreutils. */
const GNU_TOOLS = ['find', 'sha256sum', 'readlink', 'mv', 'timeout']
  .map(tool => `${tool}() { ${need(tool, tool === 'find' ? 'findutils' : 'coreutils')} "$@"; }\n`)
  .join('');

/** Hosts have their apps where nobody else may write, and tests where everybody may. */
const TMP_IS_OURS = `stat() {
  case \${4:-} in ${foldersTo(realpathSync(tmpdir())).join(' | ')}) set -- "$1" "$2" -- / ;; esac
  ${need('stat', 'coreutils')} "$@"
}
`;

function foldersTo(path: string): string[] {
  return path === '/' ? [] : [...foldersTo(dirname(path)), path];
}

const TOOLS = GNU_TOOLS + TMP_IS_OURS;

export interface Spoken {
  answer: Answer | null;
  stdout: string;
  stderr: string;
}

export const NONCE = 'c0ffee00'.repeat(4);

/** Runs `body` behind the named parts in a shell, with HOME at `home`. */
export function speak(
  shell: string,
  parts: readonly string[],
  body: string,
  home: string,
  data: Partial<Composition> = {},
): Spoken {
  const text = enclose(`${parts.map(readProgramFile).join('')}\n${body}\n`, { nonce: NONCE, params: {}, ...data });
  return run(shell, text, home);
}

export function run(shell: string, text: string, home: string): Spoken {
  const [program, ...args] = SHELLS[shell]!();
  const done = spawnSync(program!, [...args, '-s'], {
    input: TOOLS + text,
    encoding: 'utf8',
    env: cleanEnv(home),
    maxBuffer: 64 * 1024 * 1024,
  });
  return { answer: parseAnswer(NONCE, done.stdout), stdout: done.stdout, stderr: done.stderr };
}

function cleanEnv(home: string): NodeJS.ProcessEnv {
  return { HOME: home, PATH: process.env.PATH ?? '', XDG_RUNTIME_DIR: join(home, 'run') };
}

/** A host that is this machine: every program really runs, below a home of its own. */
export class LocalHost implements HostRunner {
  readonly host = 'here';
  executions = 0;
  readonly specs: CommandSpec[] = [];
  readonly #home: string;
  readonly #shell: readonly string[];

  constructor(home: string, shell = 'dash') {
    this.#home = home;
    this.#shell = SHELLS[shell]!();
  }

  run(spec: CommandSpec, options: RunOptions = {}): Promise<Result> {
    this.executions += 1;
    this.specs.push(spec);
    const shell = this.#shell.join(' ');
    const words = [spec.program, ...spec.args]
      .map(word => word.replaceAll('/bin/sh', shell))
      .flatMap((word, index) => (index === 0 ? word.split(' ') : word));
    const stdin = String(spec.stdin ?? '');
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const child = spawn(words[0]!, words.slice(1), { env: cleanEnv(this.#home) });
      let stdout = '';
      let stderr = '';
      let line = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
        const lines = (line + chunk).split('\n');
        line = lines.pop() ?? '';
        for (const whole of lines) options.onLine?.(whole, 'stdout');
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (exit, signal) =>
        resolve({ exit, reason: signal === null ? 'exited' : 'signal', stdout, stderr, durationMs: performance.now() - started }),
      );
      child.stdin.on('error', () => undefined);
      // Behind the line that says that nothing is missing.
      child.stdin.end(stdin.replace('\n', () => `\n${TOOLS}`));
    });
  }

  upload(): Promise<Result> {
    return Promise.reject(new Error('nothing is uploaded here'));
  }

  async close(): Promise<void> {}
}
