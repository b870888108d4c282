import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandsOf, withTranscript } from '../lab/demo-record.ts';
import { STEPS } from '../lab/demo-steps.ts';
import { loadConfig } from '../src/config/index.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const read = (path: string) => readFileSync(ROOT + path, 'utf8');
const PAGES = ['README.md', 'docs/host-state.md', 'docs/recovery.md'];

test('the short transcript in the README is the short of docs/demo.txt', () => {
  expect(withTranscript(read('README.md'), read('docs/demo.txt')), 'record it again: npm run demo -- --record').toBe(
    read('README.md'),
  );
});

test('docs/demo.txt was recorded with the steps that the demo has now', () => {
  const typed = commandsOf(read('docs/demo.txt')).map(({ command }) => command);
  expect(typed, 'record it again: npm run demo -- --record').toEqual(STEPS.map(step => step.type));
});

test('the ops.yaml of the README has at most 15 lines and is valid', async () => {
  const [, yaml = ''] = /<!-- ops\.yaml -->\n```yaml\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
  expect(yaml.split('\n').length - 1).toBeGreaterThan(5);
  expect(yaml.split('\n').length - 1).toBeLessThanOrEqual(15);
  const folder = mkdtempSync(join(tmpdir(), 'ops-readme-'));
  try {
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'ops.yaml'), yaml);
    const config = await loadConfig({ cwd: folder, env: {}, home: folder, flags: {} });
    expect(Object.keys(config.apps)).toEqual(['web']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(PAGES)('%s: every file that it links to exists', page => {
  const folder = page
    .split('/')
    .slice(0, -1)
    .map(name => `${name}/`);
  const links = [...read(page).matchAll(/\]\(([^)#:]+)\)/g)].map(match => join(...folder, match[1] ?? ''));
  expect(links.filter(link => !existsSync(ROOT + link))).toEqual([]);
});

test.each(PAGES)('%s: every command and flag of ops that it names exists', page => {
  const sources = new Map(
    globSync('**/*.ts', { cwd: `${ROOT}src/commands` }).map(file => [
      file.replace(/(\/index)?\.ts$/, '').replaceAll('/', ' '),
      read(`src/commands/${file}`) + read('src/command/flags.ts'),
    ]),
  );
  const lines = read(page).replace(BETWEEN_MARKERS, '').split('\n');
  const named = lines.flatMap(line => [...line.matchAll(/(?:^|`)ops ([^`#\n]+)/g)].map(match => (match[1] ?? '').trim()));
  expect(named.length).toBeGreaterThan(0);
  for (const usage of named) {
    const words = usage.split(' ');
    const command = [words.slice(0, 2).join(' '), words[0] ?? ''].find(name => sources.has(name));
    expect(command, `ops ${usage}`).toBeDefined();
    for (const [, flag] of usage.matchAll(/--([a-z-]+)/g)) {
      expect(sources.get(command ?? ''), `ops ${usage}`).toMatch(new RegExp(`^\\s+'?${flag}'?: `, 'm'));
    }
  }
});

/** What the programs printed is checked by its own tests. */
const BETWEEN_MARKERS = /<!-- (demo|exit-codes) -->[\s\S]*?<!-- \/\1 -->/g;
