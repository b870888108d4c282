import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { need } from '../host/support/shell.ts';

/** What systemd itself reads in unit files: it loads them, starts nothing, and prints what it understood. By unit. */
export function readBySystemd(units: Readonly<Record<string, string>>): Map<string, { user: string; commands: string[][] }> {
  const dir = mkdtempSync(join(tmpdir(), 'ops-units-'));
  try {
    const names = Object.keys(units);
    const targets = ['basic', 'sysinit', 'shutdown', 'network-online', 'default'];
    for (const name of targets) writeFileSync(join(dir, `${name}.target`), '[Unit]\nDefaultDependencies=no\n');
    writeFileSync(join(dir, 'all.target'), `[Unit]\nDefaultDependencies=no\n${names.map(name => `Wants=${name}\n`).join('')}`);
    for (const name of names) writeFileSync(join(dir, name), units[name]!);
    mkdirSync(join(dir, 'run'), { mode: 0o777 });
    for (const path of [dir, join(dir, 'run')]) chmodSync(path, 0o777);
    // It refuses to do so as root.
    const nobody = process.geteuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { stdout } = spawnSync(need('systemd', 'systemd'), ['--test', '--user', '--unit=all.target'], {
      ...nobody,
      encoding: 'utf8',
      env: { SYSTEMD_UNIT_PATH: dir, XDG_RUNTIME_DIR: join(dir, 'run'), HOME: dir, PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
      timeout: 15_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return new Map(stdout.split('\t-> Unit ').slice(1).flatMap(described));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function described(text: string): [string, { user: string; commands: string[][] }][] {
  const unit = text.slice(0, text.indexOf(':\n'));
  if (!unit.endsWith('.service')) return [];
  const user = /^\t\tUser: (.*)$/m.exec(text)?.[1] ?? '';
  return [
    [unit, { user, commands: [...text.matchAll(/^\t\t\tCommand Line: ([^\n]*)$/gm)].map(([, line = '']) => wordsOf(line)) }],
  ];
}

const LETTERS: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** It shows words as they could be written in a unit. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:\\.|[^"\\])*)"|([^ ]+)/gs)].map(([, quoted, bare = '']) =>
    (quoted ?? bare).replaceAll(/\\(?:([0-7]{3})|(.))/g, (_, octal: string | undefined, char: string) =>
      octal === undefined ? (LETTERS[char] ?? char) : String.fromCharCode(Number.parseInt(octal, 8)),
    ),
  );
}
