import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  CHECK_LIMIT_S,
  DEPLOY_MODES,
  EARLIER_RESULTS,
  formatPhase,
  OWN_PATHS,
  PATHS,
  PHASES,
  RELEASE_STATES,
  RESULTS,
  STATE_SCHEMA,
} from '../../src/host/protocol.ts';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

const FOLDER = new URL('../../src/host/programs/', import.meta.url);

/** Each program without its comments, so that only what runs counts. */
const TEXTS = new Map(
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.sh'))
    .map(file => [file, readFileSync(new URL(file, FOLDER), 'utf8').replace(/^\s*#.*$/gm, '')]),
);

/** The words that `pattern` finds in all programs, or in those that are named, each once and sorted. */
function words(pattern: RegExp, files: readonly string[] = [...TEXTS.keys()]): string[] {
  const found = files.flatMap(file => [...TEXTS.get(file)!.matchAll(pattern)].map(match => match[1]!));
  return [...new Set(found)].sort();
}

/** In the place of a command: at the start of a line, or after what begins one. */
const COMMAND = String.raw`(?:^|[;{(]|&&|\|\||\bthen|\bdo|\belse|\))\s*`;

describe('a word that hosts and this side share is known to both', () => {
  test('how a transaction can end', () => {
    const said = words(new RegExp(`${COMMAND}(?:finish|leave) '?([a-z-]+)'?`, 'gm'));
    expect(said).toEqual([...RESULTS].sort());
  });

  test('no transaction ends in a word that is put together', () => {
    const others = words(new RegExp(`${COMMAND}((?:finish|leave) [^'a-z].*)$`, 'gm'));
    // `leave` hands its own words on.
    expect(others).toEqual(['finish "$@"']);
  });

  test('how long a check may run', () => {
    expect(words(/^check_limit=(\d+)$/gm)).toEqual([String(CHECK_LIMIT_S)]);
  });

  test('the words of earlier versions are none of today’s, and each means one of them', () => {
    expect(Object.keys(EARLIER_RESULTS).filter(word => (RESULTS as readonly string[]).includes(word))).toEqual([]);
    expect(Object.values(EARLIER_RESULTS).filter(word => !RESULTS.includes(word))).toEqual([]);
  });

  test('where a run is', () => {
    const said = words(new RegExp(`${COMMAND}phase ([a-z-]+)`, 'gm'));
    // What has not begun its transaction is uploading: nothing says so but the lack of any other.
    const unsaid = words(/^\s*phase=([a-z-]+)$/gm, ['core/lib.sh']);
    expect([...said, ...unsaid].sort()).toEqual(Object.keys(PHASES).sort());
  });

  test('what a release is to its host', () => {
    const marked = words(/\bmark "[^"]+" ([a-z]+)/g);
    const printed = words(/printf '%-6s\\n' ([a-z]+)/g);
    // What a release becomes that fails, handed over by name.
    const fallen = words(/\bfallen=([a-z]+)/g);
    expect([...new Set([...marked, ...printed, ...fallen])].sort()).toEqual([...RELEASE_STATES].sort());
    const compared = words(/\$release_state" !?= ([a-z]+)/g);
    expect(compared.filter(word => !(RELEASE_STATES as readonly string[]).includes(word))).toEqual([]);
  });

  test('a state fits into the block of fixed length that it is written in', () => {
    expect(words(/printf '%-(\d+)s\\n'/g)).toEqual(['6']);
    expect(RELEASE_STATES.filter(state => state.length > 6)).toEqual([]);
  });

  test('what the deploy transaction can be asked to do', () => {
    expect(words(/^mode_([a-z]+)\(\)/gm)).toEqual([...DEPLOY_MODES].sort());
  });

  test('the number of the layout of the state folder', () => {
    expect(words(/\[ "\$schema" = (\d+) \]/g)).toEqual([String(STATE_SCHEMA)]);
    expect(words(/\bknows (\d+)"/g)).toEqual([String(STATE_SCHEMA)]);
    expect(words(/\bnote "\$state\/schema" (\d+)/g)).toEqual([String(STATE_SCHEMA)]);
  });
});

describe.each(Object.keys(SHELLS))('under %s', shell => {
  const seams = (privilege: string, home: string) => {
    const names = { state: 'state', units: 'unit_dir', env: 'env_dir', volatile: 'volatile' };
    const body = `params\nseams\n${Object.entries(names)
      .map(([key, name]) => `say ${key} "$${name}"`)
      .join('\n')}`;
    const { answer } = speak(shell, ['core/lib'], body, home, { params: { privilege, app: 'web' } });
    return Object.fromEntries(Object.keys(names).map(key => [key, answer?.get(key)]));
  };

  test.each(['root', 'sudo', 'doas'])('things lie where both sides look for them: %s', privilege => {
    expect(seams(privilege, scratch())).toEqual(PATHS);
  });

  test('and with privilege none below the home of the login', () => {
    const home = scratch();
    const own = Object.fromEntries(Object.entries(OWN_PATHS).map(([key, path]) => [key, `${home}/${path}`]));
    expect(seams('none', home)).toMatchObject(own);
  });
});

test('a phase is told in words; one that this version does not know is told as it is', () => {
  expect(formatPhase('stable')).toBe('watching whether it stays up');
  expect(formatPhase('constructor')).toBe('constructor');
});
