import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/program.ts';
import { parseSource } from '../../scripts/source-file.ts';
import { loadOclif } from '../../src/main.ts';

const { commands } = await loadOclif({ ignoreManifest: true });

const findCommand = (words: readonly string[]) => commands.find(command => command.id === words.join(':'));

/** Why `line` is no command line of ops, or null. Words after it, for people, are in brackets or follow a comma. */
function misfit(line: string): string | null {
  const words = line
    .split(/[,;#(>…]| && /)[0]!
    .trim()
    .split(/ +/)
    .slice(1);
  const [size, command] =
    [2, 1].map(count => [count, findCommand(words.slice(0, count))] as const).find(([, found]) => found) ?? [];
  if (command === undefined) return 'no such command';
  const rest = words.slice(size);
  const given: string[] = [];
  let positional = 0;
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (!word.startsWith('-')) {
      positional += 1;
      continue;
    }
    const [flagName, flag] = Object.entries(command.flags).find(([name, each]) => spellings(name, each).includes(word)) ?? [];
    if (flagName === undefined || flag === undefined) return `no flag ${word}`;
    if (given.includes(flagName) && !(flag.type === 'option' && flag.multiple)) return `${word} twice`;
    given.push(flagName);
    if (flag.type !== 'option') continue;
    const value = rest.shift();
    if (value === undefined) return `${word} lacks its value`;
    if (flag.options?.includes(value) === false) return `${word} takes no ${value}`;
  }
  return command.strict === false || positional <= Object.keys(command.args).length ? null : 'too many words';
}

function spellings(name: string, flag: (typeof commands)[number]['flags'][string]): string[] {
  const no = flag.type === 'boolean' && flag.allowNo ? [`--no-${name}`] : [];
  return [`--${name}`, `-${flag.char}`, ...no];
}

/** What a person is told to type: a hint that is a command and no sentence, one after an arrow, one between backticks. */
const TOLD = /(?:^(?=[^.]*$)|→ |undo: |`)(ops [a-z-][^`→]*)/g;

function toldIn(text: string): string[] {
  return [...text.matchAll(TOLD)].map(([, line]) => line!);
}

function filesOf(folder: string, ext: string): string[] {
  const files = readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' });
  return files.filter(file => file.endsWith(ext)).map(file => `${folder}/${file}`);
}

const fromSource = filesOf('src', '.ts').flatMap(path => {
  const { nodes } = parseSource(path, readFileSync(`${ROOT}${path}`, 'utf8'));
  const texts = nodes.flatMap(node => {
    if (node.type === 'Literal' && typeof node.value === 'string') return [node.value];
    // What is put in is one word: an id, a name, a code.
    if (node.type === 'TemplateLiteral')
      return [(node.quasis as { value: { cooked: string } }[]).map(quasi => quasi.value.cooked).join('X')];
    return [];
  });
  return texts.flatMap(text => toldIn(text.replace('<%= config.bin %>', 'ops'))).map(line => ({ path, line }));
});

const fromDocs = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', ...filesOf('docs', '.md')].flatMap(path =>
  readFileSync(`${ROOT}${path}`, 'utf8')
    .split('\n')
    .flatMap(text => toldIn(text.replace(/^\$ (?:.*&& )?(?=ops )/, '')))
    .map(line => ({ path, line })),
);

test.each([
  ['ops hosts pin web1 --replace --replace', '--replace twice'],
  ['ops --config FILE', 'no such command'],
  ['ops deploy web again', 'too many words'],
  ['ops releases --keep', '--keep lacks its value'],
  ['ops preflight --auth password', '--auth takes no password'],
  ['ops rollback web --wait 10m', 'no flag --wait'],
  ['ops deploy web -H web1 --host web2 -y   (asks nothing)', null],
])('%s: %s', (line, why) => {
  expect(misfit(line)).toBe(why);
});

test('hints, remedies, explanations and docs are looked at', () => {
  const lines = [...fromSource, ...fromDocs].map(({ line }) => line);
  expect(lines).toEqual(
    expect.arrayContaining([
      'ops hosts pin X --replace   (when the change is yours)',
      'ops hosts pin HOST --replace',
      'ops resume X',
      'ops deploy --wait 10m',
      'ops config check',
    ]),
  );
});

test('every command that a person is told to type exists, with the flags that it is given', () => {
  const wrong = [...fromSource, ...fromDocs].flatMap(({ path, line }) => {
    const why = misfit(line);
    return why === null ? [] : [`${path}: ${line}: ${why}`];
  });
  expect(wrong).toEqual([]);
});
