import type { AppConfig } from '../../config/types.ts';
import { blocks, type Said } from '../answer.ts';
import { parseFolders } from './folders.ts';
import { parseInstalled, parseKept, parseTexts, parseVariables } from './installed.ts';
import { number } from './number.ts';
import { parseRelease } from './release.ts';
import { parseRun } from './runs.ts';
import type { AppFacts } from './types.ts';
import { parseUnit } from './unit.ts';
import { parseUnsafe } from './unsafe.ts';

/** What a host said of one app. */
export function parseApp(said: Said, app: Pick<AppConfig, 'id' | 'path'>, bootedAt: number | null): AppFacts {
  const texts = parseTexts(said.all('text'));
  const told = blocks(said.all('release'));
  const releases = told.map(parseRelease);
  const link = said.get('current');
  const runs = blocks(said.all('run')).map(parseRun);
  const manifest = said.all('manifest').join('');
  return {
    path: app.path,
    target: parseTarget(said, app),
    folders: parseFolders(said),
    current:
      link === undefined
        ? null
        : {
            link,
            release: said.get('current_release') || null,
            broken: said.get('current_broken') === '1',
            unproved: said.get('current_unproved') ?? null,
            spec: said
              .all('current_spec')
              .map(line => `${line}\n`)
              .join(''),
          },
    currentIsNoLink: said.get('current_not_a_link') === '1',
    releases,
    strays: said.all('stray'),
    manifest: manifest === '' ? null : manifest,
    unitsDigest: said.get('units_digest') ?? '-',
    installed: parseInstalled(said, texts),
    variables: parseVariables(said.all('variable')),
    kept: new Map(told.map((block, at) => [releases[at]!.id, parseKept(block, texts)])),
    edited: [...said.all('edited')].sort(),
    units: blocks(said.all('unit')).map(block => parseUnit(block, bootedAt)),
    taken: said.all('taken').map(line => {
      const [unit, by] = atBlank(line);
      return { unit, by };
    }),
    heldPorts: said.all('held_port').map(line => {
      const [port, by] = atBlank(line);
      return { port: Number(port), by };
    }),
    unitsUnread: said.get('units_unread') ?? null,
    lock: runs.find(run => run.alive) ?? null,
    lockUnread: said.get('lock_unread') ?? null,
    lastRun: runs.find(run => run.run === said.get('last_run')) ?? null,
    uploads: runs.filter(run => !run.alive && run.run !== said.get('last_run')),
    created: said.all('created'),
    shared: said.all('shared').flatMap(line => {
      const [, seen, path = ''] = /^(there|elsewhere|none) (.+)$/.exec(line) ?? [];
      return seen === undefined ? [] : [{ path, seen: seen as AppFacts['shared'][number]['seen'] }];
    }),
    userUid: number(said.get('user_uid')),
    userGroups: (said.get('user_groups') ?? '').split(' ').filter(Boolean).map(Number),
    unsafe: parseUnsafe(said),
    shut: said.all('shut').map(line => {
      const [owner, at] = atBlank(line);
      return { owner, at };
    }),
    lacks: said.all('lacks'),
    unresolved: said.all('unresolved'),
    leftovers: said.all('leftover'),
  };
}

function parseTarget(said: Said, app: Pick<AppConfig, 'id' | 'path'>): AppFacts['target'] {
  const from = said.get('target_path') ?? app.path;
  if (from !== app.path) return { kind: 'moved', from };
  const text = said.get('target') ?? '';
  if (text === 'none' || text === 'foreign') return { kind: text };
  const owner = text.replace(/^marked ?/, '');
  return owner === app.id ? { kind: 'ours' } : { kind: 'other', owner };
}

/** A word, and the rest. */
function atBlank(line: string): [string, string] {
  const at = line.indexOf(' ');
  return [line.slice(0, at), line.slice(at + 1)];
}
