import { userInfo } from 'node:os';
import { dirname, relative } from 'node:path';
import { readEnvAllow } from './env-allow.ts';
import { findConfig } from './find.ts';
import { type KeyPath, printable } from './flaw.ts';
import { parseYaml } from './load.ts';
import { normalize } from './normalize.ts';
import { readOverrides } from './overrides.ts';
import { invalidConfig, locate } from './problems.ts';
import { readConfigFile } from './read.ts';
import { applyRules } from './rules.ts';
import { checkShape } from './shape.ts';
import type { Config, ConfigRequest } from './types.ts';

/** find → read → parse → shape → normalise → rules; then every problem at once, or the config. */
export async function understandConfig(request: ConfigRequest): Promise<Config> {
  const place = await findConfig(request);
  const { file, override } = place;
  const label = printable(shorter(relative(request.cwd, file), file));
  const { text, digest } = await readConfigFile(place, label);
  const yaml = parseYaml(text);
  const overrides = readOverrides(request);
  const envAllow = readEnvAllow(request);
  overrides.flaws.push(...envAllow.flaws);
  if (override !== null) overrides.names.unshift(override);
  if (yaml.data === undefined) throw invalidConfig(label, yaml, yaml.problems, overrides.flaws);

  const shape = checkShape(yaml.data);
  const { sourceOf } = yaml;
  const config = normalize(shape.draft, {
    file,
    root: dirname(file),
    digest,
    home: request.home,
    account: currentAccount(),
    overrides,
    sourceOf,
  });
  const intact = (path: KeyPath) => !shape.flaws.some(flaw => isAbove(path, flaw.path) || isAbove(flaw.path, path));
  const broken = await applyRules({ config, draft: shape.draft, intact, envAllow });
  const located = [...yaml.problems, ...locate([...shape.flaws, ...broken], yaml)];
  if (located.length + overrides.flaws.length > 0) throw invalidConfig(label, yaml, located, overrides.flaws);
  return config;
}

function isAbove(upper: KeyPath, lower: KeyPath): boolean {
  return upper.every((part, index) => lower[index] === part);
}

function shorter(a: string, b: string): string {
  return a.length <= b.length ? a : b;
}

/** The account of the host `local`: whoever runs ops. */
function currentAccount(): { user: string; root: boolean } {
  const uid = process.geteuid?.();
  try {
    return { user: userInfo().username, root: uid === 0 };
  } catch {
    // A container may run as a uid that has no name.
    return { user: `${uid}`, root: uid === 0 };
  }
}
