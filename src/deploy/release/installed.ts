import { hash } from 'node:crypto';
import type { AppConfig, HostConfig, ResolvedEnv } from '../../config/types.ts';
import { OWN_PATHS, PATHS } from '../../host/protocol.ts';
import { type Contents, environmentOf, textOf } from './contents.ts';
import { envFilePath, environmentDropIn, generatedUnit, hasEnv } from './units.ts';

/** Unit files, drop-ins and environment that one host will have for an app, named as a plan names them. */
export interface Installed {
  files: readonly { file: 'unit' | 'dropin'; unit: string; digest: string }[];
  /** null = the app has no environment. */
  variables: readonly { name: string; from: string }[] | null;
}

/** `shipped` holds the texts of unit files that come with the source, by unit. */
export function installedFor(
  app: AppConfig,
  host: HostConfig,
  env: ResolvedEnv,
  shipped: ReadonlyMap<string, string>,
): { installed: Installed; contents: Contents } {
  const texts = new Map<string, string>();
  const named = (file: 'unit' | 'dropin', unit: string, text: string) => {
    const digest = hash('sha256', text);
    texts.set(digest, text);
    return { file, unit, digest };
  };
  const files = app.services.flatMap(service => {
    if (service.kind === 'run') return [named('unit', service.unit, generatedUnit(app, service, host.privilege))];
    const own = service.kind === 'file' ? [named('unit', service.unit, withNewline(shipped.get(service.unit) ?? ''))] : [];
    const dropIn = hasEnv(app) ? [named('dropin', service.unit, environmentDropIn(app, host.privilege))] : [];
    return [...own, ...dropIn];
  });
  const variables = Object.entries(app.env).map(([name, value]) => {
    return { name, from: typeof value === 'string' ? 'ops.yaml' : `env ${value.env}` };
  });
  return { installed: { files, variables: hasEnv(app) ? variables : null }, contents: { texts, env } };
}

/** Path on the host → text. `home` is that of the login. */
export function filesOnHost(
  { files, variables }: Installed,
  contents: Contents,
  app: AppConfig,
  { privilege }: HostConfig,
  home: string,
): Map<string, string> {
  const folder = privilege === 'none' ? `${home}/${OWN_PATHS.units}` : PATHS.units;
  const texts = files.map(({ file, unit, digest }): [string, string] => {
    const path = file === 'unit' ? unit : `${unit}.d/50-ops-${app.id}.conf`;
    return [`${folder}/${path}`, textOf(contents, digest)];
  });
  const env = envFilePath(app, privilege).replace('%h', home);
  return new Map([...texts, ...(variables === null ? [] : [[env, environmentOf(contents, variables)] as const])]);
}

/** By what a plan compares them with those on the host. */
export function digestsOf(files: ReadonlyMap<string, string>): { path: string; digest: string }[] {
  return [...files].map(([path, text]) => ({ path, digest: hash('sha256', text) }));
}

/** Of each variable the digest that the host has of it when it is the same there. */
export function variableDigests({ variables }: Installed, contents: Contents): { name: string; digest: string }[] {
  return (variables ?? []).map(variable => {
    return { name: variable.name, digest: hash('sha256', environmentOf(contents, [variable])) };
  });
}

function withNewline(content: string): string {
  return content === '' || content.endsWith('\n') ? content : `${content}\n`;
}
