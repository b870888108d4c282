import type { AppConfig } from '../../config/types.ts';
import { isAccount, isAppId, isDigest, isDnsName, isPath, isReleaseId, isText, isUnitName } from '../../forms.ts';
import { blocks, type Said } from '../answer.ts';
import { atBlank, fitting } from './fitting.ts';
import { parseFolders } from './folders.ts';
import { parseInstalled, parseKept, parseTexts, parseVariables } from './installed.ts';
import { number } from './number.ts';
import { parseRelease } from './release.ts';
import { parseRuns } from './runs.ts';
import type { AppFacts } from './types.ts';
import { parseUnit } from './unit.ts';
import { parseUnsafe } from './unsafe.ts';

/** What a host said of one app. */
export function parseApp(said: Said, app: Pick<AppConfig, 'id' | 'path'>, bootedAt: number | null): AppFacts {
  const texts = parseTexts(said.all('text'));
  const told = blocks(said.all('release')).filter(block => isReleaseId(block.get('id')?.[0] ?? ''));
  const releases = told.map(parseRelease);
  const link = fitting(isText, said.get('current')) ?? undefined;
  const runs = parseRuns(said.all('run'));
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
            release: fitting(isReleaseId, said.get('current_release')),
            broken: said.get('current_broken') === '1',
            unproved: said.get('current_unproved') ?? null,
            spec: said
              .all('current_spec')
              .map(line => `${line}\n`)
              .join(''),
          },
    currentIsNoLink: said.get('current_not_a_link') === '1',
    releases,
    strays: said.all('stray').filter(isReleaseId),
    manifest: manifest === '' ? null : manifest,
    unitsDigest: fitting(isDigest, said.get('units_digest')) ?? '-',
    installed: parseInstalled(said, texts),
    variables: parseVariables(said.all('variable')),
    kept: new Map(told.map((block, at) => [releases[at]!.id, parseKept(block, texts)])),
    edited: [...said.all('edited')].sort(),
    units: blocks(said.all('unit'))
      .map(block => parseUnit(block, bootedAt))
      .filter(({ unit }) => isUnitName(unit)),
    taken: said.all('taken').flatMap(line => {
      const [unit, by] = atBlank(line);
      return isUnitName(unit) ? [{ unit, by }] : [];
    }),
    heldPorts: said.all('held_port').flatMap(line => {
      const [port, by] = atBlank(line);
      return /^\d{1,5}$/.test(port) ? [{ port: Number(port), by }] : [];
    }),
    unitsUnread: said.get('units_unread') ?? null,
    lock: runs.find(run => run.alive) ?? null,
    lockUnread: said.get('lock_unread') ?? null,
    lastRun: runs.find(run => run.run === said.get('last_run')) ?? null,
    uploads: runs.filter(run => !run.alive && run.run !== said.get('last_run')),
    created: said.all('created').filter(isPath),
    shared: said.all('shared').flatMap(line => {
      const [, seen, path = ''] = /^(there|elsewhere|none) (.+)$/.exec(line) ?? [];
      return seen === undefined ? [] : [{ path, seen: seen as AppFacts['shared'][number]['seen'] }];
    }),
    userUid: number(said.get('user_uid')),
    userGroups: (said.get('user_groups') ?? '').split(' ').filter(Boolean).map(Number),
    unsafe: parseUnsafe(said),
    shut: said.all('shut').flatMap(line => {
      const [owner, at] = atBlank(line);
      return isAccount(owner) && isPath(at) ? [{ owner, at }] : [];
    }),
    lacks: said.all('lacks').filter(word => /^[\w/.+-]+$/.test(word)),
    unresolved: said.all('unresolved').filter(isDnsName),
    leftovers: said.all('leftover').filter(isText),
  };
}

function parseTarget(said: Said, app: Pick<AppConfig, 'id' | 'path'>): AppFacts['target'] {
  const from = fitting(isPath, said.get('target_path')) ?? app.path;
  if (from !== app.path) return { kind: 'moved', from };
  const text = said.get('target') ?? '';
  if (text === 'none' || text === 'foreign') return { kind: text };
  const owner = text.replace(/^marked ?/, '');
  return owner === app.id ? { kind: 'ours' } : { kind: 'other', owner: isAppId(owner) ? owner : 'that is named there' };
}
