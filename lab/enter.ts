import { readdirSync, readFileSync } from 'node:fs';
import { kill } from './cgroup.ts';
import { type Ended, PATIENCE, type RunOptions, start, until } from './process.ts';
import { LOGINS } from './seed.ts';

export interface ExecOptions {
  /** Login to run as; default root. */
  readonly user?: string;
  readonly input?: string | Uint8Array;
  /** Added to a fresh login environment: nothing leaks in from this machine. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the user's home. */
  readonly cwd?: string;
  /** Milliseconds until it is killed, children included; default 60,000. */
  readonly timeoutMs?: number;
}

/** A program running inside a host. */
export interface Running {
  readonly done: Promise<Ended>;
  /** What it printed until now. */
  output(): { stdout: string; stderr: string };
  /** Signals the program itself, not what it started: `SIGKILL` is what `kill -9` on it would do. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** A command line that runs `command` inside the namespaces of `leader`, a host's PID 1. A string is for `sh -c`. */
export function entering(leader: number, command: string | readonly string[], options: ExecOptions = {}): string[] {
  const user = options.user ?? 'root';
  const home = LOGINS[user]?.home ?? '/';
  const environment = {
    HOME: home,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...(user === 'root' ? {} : { XDG_RUNTIME_DIR: `/run/user/${LOGINS[user]?.uid}` }),
    ...options.env,
  };
  // Each of these becomes the next by exec, except that `timeout 0` forks, which is what enters the process namespace, and
  // ends the way its program ended. nsenter could fork too, but it stops when its program is stopped, nobody continues it,
  // and a program without a parent to read its status keeps PID 1 from ending: systemd stops everything when it shuts down.
  return [
    ...['nsenter', '--target', String(leader), '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--no-fork', '--'],
    ...['timeout', '--foreground', '0'],
    ...(user === 'root' ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups', '--']),
    ...['env', '--ignore-environment', `--chdir=${options.cwd ?? home}`],
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(typeof command === 'string' ? ['sh', '-c', command] : command),
  ];
}

/** Starts a command line that `entering` made. */
export function startInside(argv: readonly string[], options: ExecOptions = {}): Running {
  const running = start(argv, runOptions(options));
  return {
    done: running.done,
    output: running.output,
    kill: async signal => {
      const ended = running.done.then(() => [] as number[]);
      const started = until(`process ${running.pid} to start its program inside`, PATIENCE, () => {
        const children = childrenOf(running.pid);
        return children.length > 0 && children;
      });
      for (const pid of await Promise.race([started, ended])) kill(pid, signal);
    },
  };
}

function runOptions(options: ExecOptions): RunOptions {
  return { ...(options.input === undefined ? {} : { input: options.input }), timeoutMs: options.timeoutMs ?? 60_000 };
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap(task =>
      readProc(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
