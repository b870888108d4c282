import * as z from 'zod';
import { absolutePath, account, appId, duration, integer, map, relativePath, serviceId, text, variable } from '../../fields.ts';
import { hostList } from '../hosts/host-list.ts';
import type { DraftOf } from '../section.ts';
import { envValue } from './env.ts';
import { probe } from './probes.ts';
import { service } from './services.ts';
import { source } from './source.ts';

const atMost = (count: number, things: string) => [count, { error: `expected at most ${count} ${things}` }] as const;

export const keep = integer('a number of releases', 1, 1000).describe(
  'How many finished releases stay on a host, besides the last one that failed.',
);
export const stable = duration('1s', '1h').describe(
  'How long a restarted unit must run undisturbed. Default: twice its RestartSec plus 2 s, at least 5 s.',
);

const words = z.array(text('a word'), { error: 'expected a command' }).min(1, { error: 'expected a command' });
const check = z.union([text('a command'), words], { error: 'expected a command: text, or a list of words' });

const app = z.strictObject(
  {
    hosts: hostList.describe('Where the app lives: keys of hosts, or local.'),
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
      .describe('Paths that outlive a release. One whose name has a dot is a file, unless a / follows it.'),
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

export const schema = z.record(appId, app, map).optional().describe('What is deployed, and where.');

export type AppsDraft = DraftOf<'apps', typeof schema>;
