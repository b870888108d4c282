import { readCommandLine } from '../../config/sections/apps/command-line.ts';

/** One `KEY=VALUE` of a unit file's `[Service]`. */
export interface Setting {
  key: string;
  value: string;
}

/** A program that an `Exec…=` starts, with what stands before it for systemd: `+` and `!` leave it root. */
export interface Program {
  key: string;
  prefixes: string;
  path: string;
}

/** What systemd takes for the end of a line. */
const LINE_END = /\r\n|\n\r|[\n\r\0]/;

/** As systemd reads them, in their order. */
export function serviceSettings(text: string): Setting[] {
  const settings: Setting[] = [];
  let section = '';
  for (const line of joinedLines(text)) {
    section = /^\[(.*)\]$/s.exec(line)?.[1] ?? section;
    const [, key = '', value = ''] = /^([^[=][^=]*)=(.*)$/s.exec(line) ?? [];
    if (key !== '' && section === 'Service') settings.push({ key: key.trim(), value: value.trim() });
  }
  return settings;
}

/** The value that counts: the last one that is written, '' for none. */
export function lastValue(settings: readonly Setting[], key: string): string {
  return settings.findLast(setting => setting.key === key)?.value ?? '';
}

/** One value may hold several commands, with a `;` of its own between them. */
export function programsOf(settings: readonly Setting[]): Program[] {
  return settings
    .filter(({ key }) => /^Exec[A-Z]/.test(key))
    .flatMap(({ key, value }) => {
      const { words } = readCommandLine(value);
      const begins = words.filter((_, index) => index === 0 || isSeparator(words[index - 1]!));
      return begins.map(({ text }) => {
        const [, prefixes = '', path = ''] = /^([-@:+!|]*)(.*)$/s.exec(text) ?? [];
        return { key, prefixes, path };
      });
    });
}

function isSeparator({ text, plain }: { text: string; plain: boolean }): boolean {
  return plain && text === ';';
}

/** A backslash at its end joins a line with the next one; comments between them do not count. */
function joinedLines(text: string): string[] {
  const lines: string[] = [];
  let begun = '';
  for (const written of text.replace(/^\ufeff/, '').split(LINE_END)) {
    const part = written.replace(/^[ \t]+/, '');
    if (/^[#;]/.test(part)) continue;
    const goesOn = /(?<!\\)(?:\\\\)*\\$/.test(part);
    begun += goesOn ? `${part.slice(0, -1)} ` : part;
    if (goesOn) continue;
    lines.push(begun.trim());
    begun = '';
  }
  return [...lines, begun.trim()];
}
