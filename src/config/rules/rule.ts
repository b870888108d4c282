import type { Finding, KeyPath } from '../finding.ts';
import type { Draft } from '../shape.ts';
import type { AppConfig, Config } from '../types.ts';

/** What must hold between keys, or between a key and the project's files. */
export type Rule = (context: RuleContext) => readonly Finding[] | Promise<readonly Finding[]>;

export interface RuleContext {
  /** The resolved config. What the shape check refused holds a default here: ask `intact` before judging by it. */
  config: Config;
  /** The written config, to tell what was written from what was filled in. */
  draft: Draft;
  /** True when nothing at this path, above it or below it was refused. */
  intact(path: KeyPath): boolean;
}

export function appPath(app: AppConfig, ...rest: KeyPath): KeyPath {
  return ['apps', app.id, ...rest];
}

/** Every two apps that share a host, once. */
export function* neighbours(config: Config): Generator<[AppConfig, AppConfig, string]> {
  const apps = Object.values(config.apps);
  for (const [index, app] of apps.entries()) {
    for (const earlier of apps.slice(0, index)) {
      const host = app.hosts.find(id => earlier.hosts.includes(id));
      if (host !== undefined) yield [earlier, app, host];
    }
  }
}
