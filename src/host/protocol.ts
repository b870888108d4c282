/*
 * Every word that the programs on hosts (`programs/**.sh`) and TypeScript share. A test compares both sides: a word that
 * one of them has and the other has not fails it.
 */

/** What a transaction records as its outcome: a part of HostResult (src/plan/outcome.ts). */
export const RESULTS = ['done', 'reverted', 'refused', 'stale', 'lock-held', 'unproved', 'failed', 'stuck'] as const;

/** What the first version recorded: hosts still hold such runs. */
export const EARLIER_RESULTS: Readonly<Record<string, (typeof RESULTS)[number]>> = {
  deployed: 'done',
  pruned: 'done',
  'rolled-back': 'reverted',
  'not-serving': 'stuck',
  'verification-failed': 'failed',
};

/** What a record calls its outcome, in today's words; a word that nobody knows as it is. */
export function resultCalled(word: string): string {
  return Object.hasOwn(EARLIER_RESULTS, word) ? EARLIER_RESULTS[word]! : word;
}

/** Where a run is, as it says itself, in words for people. */
export const PHASES = {
  uploading: 'uploading',
  fence: 'comparing with the plan',
  adopt: 'taking over what runs',
  verify: 'verifying what arrived',
  record: 'finishing the release',
  check: 'checking before the swap',
  swap: 'swapping',
  units: 'installing units',
  start: 'restarting',
  stable: 'watching whether it stays up',
  probe: 'probing',
  proof: 'looking whose the processes are',
  back: 'failed: going back',
  prune: 'removing old releases',
  confirm: 'noting that it answered',
  remove: 'removing',
} as const;

/** What a release is to its host. */
export const RELEASE_STATES = ['staged', 'active', 'proven', 'stable', 'failed', 'left'] as const;

/** What the deploy transaction can be asked to do. */
export const DEPLOY_MODES = ['deploy', 'rollback', 'back', 'resume', 'prune', 'confirm'] as const;

/** How long one command of `checks` may run, in seconds. */
export const CHECK_LIMIT_S = 300;

/** Layout of the state folder: the number that hosts keep in it. */
export const STATE_SCHEMA = 1;

/** Where things lie on a host, but for `privilege: none`, where they are the login's own. */
export const PATHS = {
  state: '/var/lib/ops',
  units: '/etc/systemd/system',
  env: '/etc/ops',
  volatile: '/run/ops',
} as const;

/** The same below the home of a login with `privilege: none`. */
export const OWN_PATHS = {
  state: '.local/state/ops',
  units: '.config/systemd/user',
  env: '.config/ops',
} as const;

/** What a host says it is at, in words; a phase that this version does not know as it is. */
export function formatPhase(phase: string): string {
  return Object.hasOwn(PHASES, phase) ? PHASES[phase as keyof typeof PHASES] : phase;
}
