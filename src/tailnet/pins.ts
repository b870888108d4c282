import { isDeepStrictEqual } from 'node:util';
import { OpsError, type Problem } from '../errors.ts';
import { isDnsName, isMachineId, isStableId } from '../forms.ts';
import { parseHostKey } from './host-key.ts';
import type { Pin } from './types.ts';

/*
 * ops.pins, committed beside ops.yaml. One block a host, one fact a line, so that a diff reads like a sentence:
 *
 *   host web1.tail1234.ts.net
 *     tailnet tail1234.ts.net
 *     node n2CNTRL
 *     machine-id 0123456789abcdef0123456789abcdef     (known after the first login)
 *     key ssh-ed25519 AAAA…                           (one or more)
 */

const HEADER = '# Who the hosts of ops.yaml are. Commit this file. Written by `ops hosts pin`.\n';
const CONFLICT = /^(<{7}|={7}|>{7}|\|{7})( |$)/;
const LEFT_CONFLICT = 'a merge conflict is left here: keep one side, then run ops hosts pin';

interface Field {
  expected: string;
  accepts(value: string): boolean;
  required: boolean;
}

const FIELDS: Readonly<Record<string, Field>> = {
  tailnet: { expected: 'a MagicDNS suffix', accepts: isDnsName, required: true },
  node: { expected: 'a stable node id', accepts: isStableId, required: true },
  'machine-id': { expected: '32 hexadecimal digits', accepts: isMachineId, required: false },
};

interface Block {
  line: number;
  fqdn: string;
  fields: Map<string, string>;
  keys: string[];
}

/** One line that says something, and how to complain about its word or its value. */
interface Line {
  number: number;
  text: string;
  word: string;
  value: string;
  badWord(message: string): void;
  badValue(message: string): void;
}

/**
 * Strict: what a merge or an editor damaged is never read as «no pin».
 * @throws OpsError pins-damaged with every problem at once, each as FILE:LINE:COL.
 */
export function parsePins(text: string, file = 'ops.pins'): Pin[] {
  const problems: Problem[] = [];
  const blocks: Block[] = [];
  const [first, ...rest] = readLines(text, file, problems);
  if (!first) problems.push({ at: `${file}:1:1`, message: 'expected the line `version 1`, found nothing' });
  else readVersion(first);
  // What does not begin as ours is some other file: nothing of it is shown.
  if (problems.length > 0) throw damaged(file, problems);
  for (const line of rest) {
    const block = blocks.at(-1);
    if (CONFLICT.test(line.text)) line.badWord(LEFT_CONFLICT);
    else if (line.word === 'host') blocks.push(openBlock(line, blocks));
    else if (block) readFact(line, block);
    else line.badWord(`expected a line \`host NAME\` first, found ${show(line.word)}`);
  }
  for (const block of blocks) {
    const missing = Object.keys(FIELDS).filter(word => FIELDS[word]!.required && !block.fields.has(word));
    if (block.keys.length === 0) missing.push('key');
    if (missing.length > 0)
      problems.push({ at: `${file}:${block.line}:1`, message: `${block.fqdn} lacks ${missing.join(', ')}` });
  }
  if (problems.length > 0) throw damaged(file, problems);
  return blocks.map(toPin).sort(byName);
}

function readLines(text: string, file: string, problems: Problem[]): Line[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.replace(/\r$/, '');
    if (/^\s*(#|$)/.test(line)) return [];
    const [, indent = '', word = '', gap = '', value = ''] = /^(\s*)(\S+)(\s*)(.*?)\s*$/.exec(line) ?? [];
    const column = indent.length + 1;
    const complain = (at: number) => (message: string) => void problems.push({ at: `${file}:${index + 1}:${at}`, message });
    const badValue = complain(column + word.length + gap.length);
    return [{ number: index + 1, text: line, word, value, badWord: complain(column), badValue }];
  });
}

function readVersion(line: Line): void {
  if (CONFLICT.test(line.text)) line.badWord(LEFT_CONFLICT);
  else if (line.word !== 'version' || !/^\d{1,4}$/.test(line.value)) line.badWord('expected the line `version 1` first');
  else if (line.value !== '1') line.badValue(`expected version 1, found version ${line.value}: a newer ops wrote this file`);
}

function openBlock(line: Line, blocks: readonly Block[]): Block {
  if (!isDnsName(line.value)) line.badValue(`expected a MagicDNS name in lower case, found ${show(line.value)}`);
  const twin = blocks.find(block => block.fqdn === line.value);
  if (twin) line.badValue(`${line.value} is pinned on line ${twin.line} already`);
  return { line: line.number, fqdn: line.value, fields: new Map(), keys: [] };
}

function readFact(line: Line, block: Block): void {
  const { word, value } = line;
  if (word === 'key') {
    if (parseHostKey(value) !== value) line.badValue('expected a public host key: its type and its base64');
    else if (block.keys.includes(value)) line.badValue('the same key twice');
    else block.keys.push(value);
  } else if (Object.hasOwn(FIELDS, word)) {
    const field = FIELDS[word]!;
    if (!field.accepts(value)) line.badValue(`expected ${field.expected}, found ${show(value)}`);
    if (block.fields.has(word)) line.badWord(`${word} twice for ${block.fqdn}`);
    block.fields.set(word, value);
  } else line.badWord(`unknown word ${show(word)}; expected host, key, ${Object.keys(FIELDS).join(' or ')}`);
}

/**
 * Sorted, so that the same pins are the same bytes. Read back they are these pins and no others, whatever a host made of its words.
 * @throws OpsError pins-unwritable.
 */
export function printPins(pins: readonly Pin[]): string {
  const meant = pins.map(pin => ({ ...pin, hostKeys: [...pin.hostKeys].sort() })).sort(byName);
  const text = `${HEADER}version 1\n${meant.map(printPin).join('')}`;
  if (!isDeepStrictEqual(readBack(text), meant)) {
    throw new OpsError('pins-unwritable', 'failed', 'these pins would not be read back as they are', {
      details: { pins: meant },
    });
  }
  return text;
}

function readBack(text: string): Pin[] | null {
  try {
    return parsePins(text);
  } catch {
    return null;
  }
}

function printPin(pin: Pin): string {
  const facts = [
    `tailnet ${pin.suffix}`,
    `node ${pin.stableId}`,
    ...(pin.machineId === null ? [] : [`machine-id ${pin.machineId}`]),
    ...pin.hostKeys.map(key => `key ${key}`),
  ];
  return `\nhost ${pin.fqdn}\n${facts.map(fact => `  ${fact}\n`).join('')}`;
}

function toPin(block: Block): Pin {
  return {
    suffix: block.fields.get('tailnet') ?? '',
    stableId: block.fields.get('node') ?? '',
    fqdn: block.fqdn,
    hostKeys: block.keys.sort(),
    machineId: block.fields.get('machine-id') ?? null,
  };
}

function byName(a: Pin, b: Pin): number {
  return a.fqdn < b.fqdn ? -1 : a.fqdn > b.fqdn ? 1 : 0;
}

function show(text: string): string {
  return text === '' ? 'nothing' : JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function damaged(file: string, problems: readonly Problem[]): OpsError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new OpsError('pins-damaged', 'usage', `${count} in ${file}`, {
    hint: `git checkout -- ${file}`,
    problems,
  });
}
