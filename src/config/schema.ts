import * as z from 'zod';
import {
  absolutePath,
  account,
  appId,
  authMode,
  directory,
  duration,
  gitRef,
  hostId,
  hostName,
  httpUrl,
  integer,
  keyFile,
  probeId,
  relativePath,
  serviceId,
  suffix,
  tcpAddress,
  text,
  variable,
} from './fields.ts';

/**
 * The written form of ops.yaml: it checks and never changes a value, so that the JSON Schema made from it describes the file
 * as people write it. What it means is normalize.ts's, what holds between keys is rules.ts's.
 */
const map = { error: 'expected a map' };
const atMost = (count: number, things: string) => [count, { error: `expected at most ${count} ${things}` }] as const;

const port = integer('a port', 1, 65535).describe('Port of sshd. Tailscale SSH is always on 22.');
const auth = authMode.describe('How the login is proved.');
const privilege = z
  .enum(['root', 'sudo', 'doas', 'none'], { error: 'expected root, sudo, doas or none' })
  .describe('How root is reached without a prompt. Default: root for the user root, else sudo.');
const key = keyFile.describe("Private key on this machine. Default: what the user's ssh config and agent offer.");
const keep = integer('a number of releases', 1, 1000).describe(
  'How many finished releases stay on a host, besides the last one that failed.',
);
const stable = duration('1s', '1h').describe(
  'How long a restarted unit must run undisturbed. Default: twice its RestartSec plus 2 s, at least 5 s.',
);

const defaults = z
  .strictObject(
    {
      user: account.optional().describe('Account that logs in. Default: root.'),
      port: port.optional(),
      auth: auth.optional(),
      key: key.optional(),
      privilege: privilege.optional(),
      keep: keep.optional(),
      stable: stable.optional(),
    },
    map,
  )
  .describe('Values for every host and app that does not say otherwise.');

const host = z
  .strictObject(
    {
      name: hostName.optional().describe('MagicDNS base name, full name or 100.x address, when it is not the key.'),
      user: account.optional().describe('Account that logs in.'),
      port: port.optional(),
      auth: auth.optional(),
      key: key.optional(),
      privilege: privilege.optional(),
    },
    map,
  )
  .nullable();

const exclude = z
  .array(relativePath, { error: 'expected a list of relative paths' })
  .describe('Paths that are left out, relative to dir. .git never goes along.');

const source = z.union(
  [
    directory,
    z.strictObject(
      {
        git: gitRef.optional().describe('Commit to export clean; without it the directory is taken as it is.'),
        dir: directory.optional().describe('Directory relative to ops.yaml. Default: its own directory.'),
        exclude: exclude.optional(),
      },
      map,
    ),
  ],
  { error: 'expected a directory, {dir: …} or {git: REF}' },
);

const service = z
  .strictObject(
    {
      run: text('a command line, such as node server.js')
        .optional()
        .describe('Command line of a unit that ops generates, as in ExecStart=.'),
      user: account.optional().describe('Account that a generated unit runs as.'),
      unit: relativePath.optional().describe('Unit file shipped in the source.'),
    },
    map,
  )
  .nullable();

const envValue = z.union(
  [
    z.string().regex(/^[^\0]*$/, { error: 'expected text without NUL' }),
    z.number(),
    z.boolean(),
    z.strictObject({ env: variable.describe("Variable of the operator's environment.") }, map),
  ],
  { error: 'expected text, a number, true, false or {env: NAME}' },
);

const words = z.array(text('a word'), { error: 'expected a command' }).min(1, { error: 'expected a command' });
const check = z.union([text('a command'), words], { error: 'expected a command: text, or a list of words' });

const status = integer('an HTTP status', 100, 599);
const probe = z.strictObject(
  {
    id: probeId.optional().describe('Name in reports. Default: http-1, tcp-2, …'),
    http: httpUrl.optional().describe("URL that must answer; {host} stands for the host's MagicDNS name."),
    tcp: tcpAddress.optional().describe('HOST:PORT that must accept a connection.'),
    from: z
      .enum(['host', 'operator'], { error: 'expected host or operator' })
      .optional()
      .describe('Where it is asked from. Default: host.'),
    status: z
      .union([status, z.array(status).min(1, { error: 'expected at least one HTTP status' })], {
        error: 'expected an HTTP status, or a list of them',
      })
      .optional()
      .describe('Accepted status codes. Default: 200.'),
    contains: text('text that the body contains').optional().describe('Text that the body must contain.'),
    attempts: integer('a number of attempts', 1, 1000).optional().describe('Default: 12.'),
    interval: duration('100ms', '10m').optional().describe('Pause between attempts. Default: 1s.'),
    timeout: duration('100ms', '5m').optional().describe('Limit of one attempt. Default: 2s.'),
  },
  map,
);

const hostList = z
  .array(hostId, { error: 'expected a host, or a list of hosts' })
  .min(1, { error: 'expected at least one host' });

const app = z.strictObject(
  {
    hosts: z
      .union([hostId, hostList], { error: 'expected a host, or a list of hosts' })
      .describe('Where the app lives: keys of hosts, or local.'),
    path: absolutePath.optional().describe('Directory on the host that holds releases, current and shared. Default: /srv/<app>.'),
    source: source
      .optional()
      .describe('What is deployed: a directory relative to ops.yaml, or a git commit. Default: the directory of ops.yaml.'),
    user: account
      .optional()
      .describe('Account that checks and generated units run as. Default: root, or the login where privilege is none.'),
    services: z
      .record(serviceId, service, map)
      .optional()
      .describe('Units of the app; an empty entry names one that the host has already.'),
    env: z
      .record(variable, envValue, map)
      .optional()
      .describe("The app's environment; {env: NAME} is looked up when it is needed."),
    shared: z
      .array(relativePath, { error: 'expected a list of relative paths' })
      .max(...atMost(100, 'paths'))
      .optional()
      .describe('Paths that outlive a release.'),
    checks: z
      .array(check, { error: 'expected a list of commands' })
      .max(...atMost(100, 'commands'))
      .optional()
      .describe('Commands that must succeed in the new release before it goes live. No shell: text is split at blanks.'),
    probes: z.array(probe, { error: 'expected a list of probes' }).optional().describe('Questions that a healthy app answers.'),
    stable: stable.optional(),
    start: duration('1s', '1h').optional().describe('How long a unit may take to become active. Default: 60s.'),
    keep: keep.optional(),
  },
  map,
);

const percent = (meaning: string) => integer('a percentage', 1, 100).optional().describe(meaning);
const checks = z
  .strictObject(
    {
      disk: z
        .strictObject({ warn: percent('Warns from here. Default: 85.'), fail: percent('Fails from here. Default: 95.') }, map)
        .optional()
        .describe('Space and inodes in use, in per cent.'),
      clock: duration('100ms', '1h').optional().describe('Warns when clocks differ by more. Default: 5s.'),
      key_expiry: duration('1h', '365d').optional().describe("Warns when a host's node key expires sooner. Default: 14d."),
    },
    map,
  )
  .describe('Limits of the preflight checks.');

export const schema = z.strictObject(
  {
    version: z.literal(1, { error: 'expected 1' }).describe('Version of this format.'),
    tailnet: suffix.describe('MagicDNS suffix; ops refuses to work in any other tailnet.'),
    defaults: defaults.optional(),
    hosts: z
      .record(hostId, host, map)
      .optional()
      .describe('Machines by their MagicDNS name. local is this machine and needs no entry.'),
    apps: z.record(appId, app, map).optional().describe('What is deployed, and where.'),
    checks: checks.optional(),
  },
  map,
);

export type Written = z.infer<typeof schema>;
