import * as z from 'zod';
import { DURATION, parseDuration } from './duration.ts';

/*
 * Each field is an allow-list. Its message says what was expected; shape.ts adds what was found.
 */

const IPV4 = String.raw`(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)`;
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOSTNAME = `(?:\\[[0-9A-Fa-f:.]{2,45}\\]|${LABEL}(?:\\.${LABEL})*)`;
const PORT = String.raw`(?:6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3})`;
/** What a terminal would obey: control, format (bidirectional overrides) and line-separator characters. */
const UNPRINTABLE = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}`;
/** One name inside a path. Manifests are lines, so no backslash; on hosts also nothing that sh or systemd could expand. */
const LOCAL_NAME = String.raw`(?!\.{1,2}(?:\/|$))[^\/\\${UNPRINTABLE}]+`;
const HOST_NAME = String.raw`(?!\.{1,2}(?:\/|$))[^\/\\\s"'\x60$%*?<>|;&${UNPRINTABLE}]+`;

/** What every map of the schema says of another value. */
export const map = { error: 'expected a map' };

function pattern(expected: string, regex: RegExp) {
  return z.string({ error: `expected ${expected}` }).regex(regex, { error: `expected ${expected}` });
}

export const hostId = pattern(
  'a host name of lower-case letters, digits, - and ., such as web1',
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
);
export const hostName = pattern(
  'a MagicDNS name such as web1, or a tailnet address such as 100.64.0.1',
  new RegExp(`^${LABEL}(?:\\.${LABEL})*\\.?$`),
);
export const suffix = pattern(
  'the MagicDNS suffix of the tailnet, such as tail1234.ts.net',
  new RegExp(`^(?!${IPV4}$)${LABEL}(?:\\.${LABEL})+\\.?$`),
);
export const appId = pattern('a name of at most 48 letters, digits, - and _, such as web', /^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$/);
/** With or without `.service`; neither a template, which cannot run, nor a name of our own units. */
export const serviceId = pattern(
  'the name of a systemd service, such as worker or worker@1',
  /^(?!ops-app-|ops-host(?:\.service)?$)(?!.*(?:@\.service|\.(?:socket|timer|path|target|mount|automount|device|swap|slice|scope))$)[A-Za-z0-9_][A-Za-z0-9:_.-]{0,99}(?:@[A-Za-z0-9:_.-]{1,99})?$/,
);
export const probeId = pattern('a name of at most 48 letters, digits, ., - and _', /^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$/);
export const account = pattern(
  'an account name of lower-case letters, digits, - and _, such as deploy',
  /^[a-z_][a-z0-9_-]{0,31}$/,
);
export const variable = pattern('the name of an environment variable, such as PORT', /^[A-Za-z_][A-Za-z0-9_]{0,127}$/);
export const gitRef = pattern(
  'a git branch, tag or commit, such as HEAD',
  /^(?!.*\.\.)[A-Za-z0-9@][A-Za-z0-9._/@{}~^+-]{0,254}$/,
);

export const absolutePath = pattern(
  'an absolute path without .. , blanks or quotes, such as /srv/web',
  new RegExp(`^(?=.{1,1000}$)(?:\\/${HOST_NAME})+\\/?$`, 'u'),
);
export const relativePath = pattern(
  'a relative path without .. , such as deploy/web.service',
  new RegExp(`^(?=.{1,1000}$)(?!.*\\s$)(?:\\.\\/)?(?![-~\\s])${LOCAL_NAME}(?:\\/${LOCAL_NAME})*\\/?$`, 'u'),
);
export const directory = pattern(
  'a directory relative to ops.yaml, without .. , such as . or app',
  new RegExp(`^(?=.{1,1000}$)(?!.*\\s$)(?:\\.\\/?|(?:\\.\\/)?(?![-~\\s])${LOCAL_NAME}(?:\\/${LOCAL_NAME})*\\/?)$`, 'u'),
);
/** On the operator's machine. Nothing that ssh or a shell would read as more than a character. */
export const keyFile = pattern(
  'an absolute path or one below ~/, without .. , quotes or $, such as ~/.ssh/id_ed25519',
  new RegExp(`^(?=.{1,1000}$)(?!.*(?:["'\x60$]|\\s$))~?(?:\\/${LOCAL_NAME})+$`, 'u'),
);

export const authMode = z.enum(['keys', 'tailscale_ssh'], { error: 'expected keys or tailscale_ssh' });
export const preflightMode = z.enum(['required', 'auto', 'disabled'], { error: 'expected required, auto or disabled' });

export function text(expected: string) {
  return pattern(expected, new RegExp(`^(?=.{1,4000}$)(?!\\s)[^${UNPRINTABLE}]+(?<!\\s)$`, 'u'));
}

export function integer(expected: string, min: number, max: number) {
  const error = `expected ${expected} from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** `min` and `max` are written the way a person would write them; both are allowed. */
export function duration(min: string, max: string) {
  const error = `expected a time from ${min} to ${max}, such as 30s, 500ms, 2m or 14d`;
  const inRange = (ms: number | null) => ms !== null && ms >= parseDuration(min)! && ms <= parseDuration(max)!;
  return z
    .union([z.string().regex(DURATION, { error }), z.number()], { error })
    .refine(written => inRange(parseDuration(written)), { error });
}

/** `{host}` stands for the host's MagicDNS name. Credentials belong in env, not in a URL that every receipt shows. */
export const httpUrl = pattern(
  'an http:// or https:// URL without a user name, a password or a #fragment, such as http://127.0.0.1:3000/health',
  new RegExp(`^https?:\\/\\/(?:\\{host\\}|${HOSTNAME})(?::${PORT})?(?:[\\/?][^#\\s\\\\${UNPRINTABLE}]{0,2000})?$`, 'u'),
);

export const tcpAddress = pattern('HOST:PORT, such as 127.0.0.1:5432', new RegExp(`^(?:\\{host\\}|${HOSTNAME}):${PORT}$`));
