import { OpsError, type Problem } from '../errors.ts';
import type { Result } from './runner.ts';

/** `FILE line 3: …`, or with a colon behind FILE: as ssh names a place that it does not understand. */
const PLACE = /^(\S.*?):? line (\d+): (.+)$/;
/** Told of options that this ssh was built without: it goes on. */
const HARMLESS = /^(Unsupported|Deprecated) option /;
const ENDS = /^\S.*: terminating, \d+ bad configuration options?$/;
const BAD_OWNER = /^Bad owner or permissions on (.+)$/;
/** Where it says that of our own options. */
const OURS = 'command-line';

/**
 * Why ssh ended before it connected to anything: it does not accept the user's configuration, which it reads for keys and agents.
 * Null when that is not so; what a host has begun to say was not said by a configuration.
 */
export function refusedConfig({ exit, stdout, stderr }: Result, host: string): OpsError | null {
  if (exit !== 255 || stdout !== '') return null;
  const lines = stderr
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '');
  const owner = lines.map(line => BAD_OWNER.exec(line)?.[1]).find(file => file !== undefined);
  if (owner !== undefined) {
    return new OpsError('ssh-config', 'usage', `ssh does not read ${owner}: others may write to it, or it is not yours`, {
      hint: `chmod go-w ${owner} && ls -l ${owner}   (it must be yours or root's)`,
    });
  }
  const places = placesIn(lines);
  const [first] = places;
  if (first === undefined || !(lines.some(line => ENDS.test(line)) || endsAt(lines.at(-1) ?? ''))) return null;
  if (first.at === `${OURS}:0`) {
    return new OpsError('ssh-old', 'failed', `the ssh on this machine does not know what ops asks of it: ${first.message}`, {
      hint: 'ssh -V',
    });
  }
  const variable = places.some(place => place.message.startsWith('Invalid environment expansion'));
  const more = places.length > 1 ? ` (and ${places.length - 1} more)` : '';
  return new OpsError('ssh-config', 'usage', `ssh does not accept your configuration: ${first.at} ${first.message}${more}`, {
    hint: [
      `correct ${[...new Set(places.map(place => place.at))].join(', ')}`,
      ...(variable ? ['write out what ${…} stands for: few variables are handed on to ssh'] : []),
      `ssh -G ${host}   (shows whether ssh accepts it)`,
    ],
    problems: places,
  });
}

/** Some mistakes end ssh where they are, as its last words. A shell on the host puts a colon behind the name of a file. */
function endsAt(line: string): boolean {
  return placesIn([line]).length > 0 && (line.startsWith(OURS) || !line.includes(': line '));
}

function placesIn(lines: readonly string[]): (Problem & { at: string })[] {
  return lines.flatMap(line => {
    const [, file, number, message = ''] = PLACE.exec(line) ?? [];
    return file === undefined || HARMLESS.test(message) ? [] : [{ at: `${file}:${number}`, message }];
  });
}
