import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

type Call = (this: unknown, ...args: unknown[]) => unknown;

/** What shows or changes something of a file or a folder; whether one is there may be asked of any. */
const OPENS =
  /^(?:open|opendir|read(?:File|dir|link)|create\w+Stream|writeFile|appendFile|mkdir|mkdtemp|rm|rmdir|unlink|rename|link|symlink|copyFile|cp|chmod|chown|truncate|utimes)(?:Sync)?$/;
const running = new AsyncLocalStorage<Set<string>>();
const { realpathSync } = fs;

/** While the test runs: a function that runs `work` and gives the real paths of all that it opened, whatever it did with them. */
export function watchOpens() {
  for (const module of [fs, promises] as unknown as Record<string, Call>[]) {
    for (const name of Object.keys(module).filter(each => OPENS.test(each))) {
      const original = module[name]!;
      module[name] = function (...args) {
        const path = resolve(String(args[0]));
        running.getStore()?.add(name.startsWith('readlink') ? join(realPath(dirname(path)), basename(path)) : realPath(path));
        return original.apply(this, args);
      };
      onTestFinished(() => {
        module[name] = original;
        syncBuiltinESMExports();
      });
    }
  }
  syncBuiltinESMExports();
  return async <T>(work: () => Promise<T>): Promise<{ result: T; opened: Set<string> }> => {
    const opened = new Set<string>();
    return { result: await running.run(opened, work), opened };
  };
}

/** Of what is not there, where it would be. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return join(realPath(dirname(path)), basename(path));
  }
}
