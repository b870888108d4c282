import type { Config } from './types.ts';

const SECRET_NAME =
  /(secret|token|passw|passphrase|credential|private|(api|access|auth|signing|encryption)_?key|_key$|_dsn$|database_url)/i;
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^/@\s]*:)[^/@\s]+@/i;

/**
 * The resolved config as `ops config show` prints it: JSON-safe, and safe to paste. References stay references
 * (`{env: NAME}`); a literal whose name speaks of a secret, or a password inside a URL, is [REDACTED].
 */
export function describeConfig(config: Config): Config {
  const apps = Object.values(config.apps).map(app => {
    const env = Object.entries(app.env).map(([name, value]) => [name, typeof value === 'string' ? redact(name, value) : value]);
    return [app.id, { ...app, env: Object.fromEntries(env) }];
  });
  return { ...config, hosts: { ...config.hosts }, apps: Object.fromEntries(apps) };
}

function redact(name: string, value: string): string {
  if (SECRET_NAME.test(name)) return '[REDACTED]';
  return value.replace(URL_PASSWORD, '$1[REDACTED]@');
}
