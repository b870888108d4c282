import { realpathSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseYaml } from '../../src/config/load.ts';
import type { Config, HostConfig } from '../../src/config/types.ts';
import { readServiceFiles } from '../../src/deploy/source/service-files.ts';
import { readSource } from '../../src/deploy/source/source.ts';
import { OpsError } from '../../src/errors.ts';
import type { CommandSpec, Result, Runner } from '../../src/exec/runner.ts';
import { SshRunner } from '../../src/exec/ssh.ts';
import { watchOpens } from '../support/opened.ts';
import { folder, load } from './in-folder.ts';

const CASES = process.env.OPS_TEST_FULL === '1' ? 10_000 : 300;
const SEED = 20261129;
const REFERENCE = realpathSync(fileURLToPath(new URL('../../examples/reference.ops.yaml', import.meta.url)));

/** Text that stands in YAML as it is: anchors, aliases, tags. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Tree = { [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !(value instanceof Raw);

/** In flow style, which holds keys and text of any kind. */
function written(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (isTree(value))
    return `{${Object.entries(value)
      .map(([key, each]) => `${JSON.stringify(key)}: ${written(each)}`)
      .join(', ')}}`;
  return JSON.stringify(value) ?? 'null';
}

const plain = (value: unknown): Tree => JSON.parse(JSON.stringify(value));

async function bases(): Promise<Tree[]> {
  const reference = plain(parseYaml(await readFile(REFERENCE, 'utf8')).data);
  const small = {
    version: 1,
    tailnet: 't.ts.net',
    hosts: { w: {} },
    apps: { a: { hosts: 'w', user: 'a', services: { a: { run: './a' } } } },
  };
  const route = { hosts: 'w', app: 'a', https: 443, to: 'http://127.0.0.1:3000', expect: { status: [200, 307] } };
  const sync = {
    host: 'w',
    remote: '/srv/a/shared/x',
    local: 'x',
    toggle: { url: 'https://a.test', header: { x: { file: '~/t' } } },
    every: '10m',
  };
  return [reference, small, { ...small, routes: { ui: route }, syncs: { x: sync } }];
}

const HOSTILE = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '<<', 'then', '', ' ', '.', '..', '~', '-', '*'],
  ...[
    '../',
    '../../etc/passwd',
    '/etc/passwd',
    'trap',
    'trap/out',
    './trap/out/passwd',
    '~root/.ssh/id_rsa',
    '/proc/self/environ',
    '//x',
  ],
  ...[
    '-oProxyCommand=touch x',
    '--upload-pack=x',
    '-e sh',
    '-F/etc/passwd',
    '@{-1}',
    'HEAD:x',
    'HEAD^{/x}',
    "key with 'quotes' \" and\tblanks",
  ],
  ...[
    '$(id)',
    '`id`',
    '${HOME}',
    '%h',
    '%n',
    '+/bin/sh',
    '!x',
    'a;b',
    "it's",
    'a"b',
    'a\\',
    'a\nb',
    'a\0b',
    '\u001b[31m',
    '\u202eb',
    '\ud800',
    '##[x',
    '::x::',
  ],
  ...['http://169.254.169.254/', 'http://2130706433/', 'http://[::]/', '{host}', '0x7f.1:80', 'x'.repeat(5000), '\u{1f600}'],
];
const NUMBERS = [
  '1e308',
  '-1',
  '0',
  '0.1',
  '9007199254740993',
  '.nan',
  '.inf',
  '-.inf',
  '1e999',
  '0x7fffffff',
  '0o777',
  '123456789012345678901234567890',
];

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...HOSTILE) },
  fc.constantFrom(...NUMBERS).map(text => new Raw(text)),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { a: 1 }, 1, 'web1', 'a', 'HEAD', '5s', 'deploy'),
  fc
    .constantFrom('*a', '&a {b: *a}', '&a [1]', '!!binary aGk=', '!!js/function x', '!<tag:x> 1', '? x', '"\\x', '- 1')
    .map(text => new Raw(text)),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const edit = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('set', 'set', 'set', 'key', 'add', 'drop', 'copy', 'deep', 'list', 'anchor', 'tag'),
  value,
  key: fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.constantFrom('env', 'run', 'unit', 'source', 'key', 'git', 'dir', 'hosts', 'user', 'local'),
  ),
});

/** Keys of the reference that take text of many kinds, and texts of these kinds: what gets as far as a program's words. */
const FREE = [
  ...['hosts.web2.key', 'hosts.web2.user', 'hosts.web2.name', 'defaults.key', 'apps.report.source.git', 'apps.report.source.dir'],
  ...['apps.web.source.dir', 'apps.web.source.exclude.0', 'apps.web.shared.0', 'apps.web.path', 'apps.web.services.worker.unit'],
  ...['apps.web.services.web.run', 'apps.web.checks.0.1', 'apps.web.probes.0.contains', 'apps.web.env.PORT'],
];
const PARTS = [
  'a',
  'app',
  '.',
  '..',
  '-o',
  '-oProxyCommand=x',
  '@',
  ':',
  '$(id)',
  '`id`',
  '%h',
  "it's",
  'a b',
  '"',
  '\\',
  ';',
  '|',
  '~',
  '*',
  '\u{1f600}',
  '{host}',
];
const free = fc.record({
  at: fc.constantFrom(...FREE),
  before: fc.constantFrom('', '', '/', '~/', './', '-'),
  parts: fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 3 }),
  between: fc.constantFrom('', '/', ' '),
});

function filled(tree: Tree, { at, before, parts, between }: typeof free extends fc.Arbitrary<infer Free> ? Free : never): void {
  const path = at.split('.');
  const around = path.slice(0, -1).reduce<Tree>((inner, key) => inner[key] as Tree, tree);
  around[path.at(-1)!] = before + parts.join(between);
}

/** Where something may change: each map or list with one of its keys. */
function places(tree: unknown, found: [Tree, string][] = []): [Tree, string][] {
  if (!isTree(tree)) return found;
  for (const key of Object.keys(tree)) {
    found.push([tree, key]);
    places(tree[key], found);
  }
  return found;
}

function edited(tree: Tree, { at, how, value, key }: typeof edit extends fc.Arbitrary<infer Edit> ? Edit : never): void {
  const all = places(tree);
  const [around, here] = all[at % Math.max(1, all.length)] ?? [tree, 'version'];
  const old = around[here];
  const put = (name: string, next: unknown) => {
    if (Array.isArray(around) && !/^\d+$/.test(name)) around.push(next);
    else Object.defineProperty(around, name, { value: next, enumerable: true, configurable: true, writable: true });
  };
  if (how === 'set') put(here, value);
  else if (how === 'add') put(key, value);
  else if (how === 'copy') put(key, old);
  else if (how === 'list') put(here, [old, old]);
  else if (how === 'deep')
    put(
      here,
      Array.from({ length: 1 + (at % 30) }).reduce(inner => ({ [key]: inner }), old),
    );
  else if (how === 'anchor') put(here, new Raw(`&a ${written(old)}`));
  else if (how === 'tag') put(here, new Raw(`!!x ${written(old)}`));
  else {
    delete around[here];
    if (how === 'key') put(key, old);
  }
}

/** Nothing is there, and everything is written down. */
class Recorder implements Runner {
  readonly ran: CommandSpec[] = [];
  async run(spec: CommandSpec): Promise<Result> {
    const args = spec.args.map(word => word.replace(/ops-source-\w{6}/, 'ops-source-X'));
    this.ran.push({ ...spec, args });
    return { exit: 0, signal: null, stdout: '', stderr: '', durationMs: 1, reason: 'exited' } as unknown as Result;
  }
}

function targetOf({ name, user, port, key }: HostConfig, tailnet: string) {
  const made = { knownHostsFile: '/run/ops/known', controlPath: '/run/ops/control' };
  return {
    fqdn: `${name}.${tailnet}`,
    address: '100.64.0.9',
    bind: '100.64.0.1',
    proxy: null,
    port,
    user,
    key,
    client: '9.2',
    ...made,
  };
}

/** All that reads the project for a deploy and tells programs about it. */
async function useOf(config: Config): Promise<CommandSpec[]> {
  const runner = new Recorder();
  for (const app of Object.values(config.apps)) {
    const source = await readSource(app, [config.file], runner).catch(onlyOpsError);
    if (source !== null) await readServiceFiles(app, source).catch(onlyOpsError);
    await source?.dispose();
  }
  for (const host of Object.values(config.hosts)) {
    if (!host.local)
      await new SshRunner(host.id, targetOf(host, config.tailnet), runner).run({
        program: 'true',
        args: [],
        deadlineMs: 1,
        mutates: false,
      });
  }
  return runner.ran;
}

function onlyOpsError(error: unknown): null {
  expect(error).toBeInstanceOf(OpsError);
  return null;
}

/** Words that may stand in an argv because ops.yaml has them in their place. */
function named({ file, hosts, apps, tailnet }: Config): Set<string> {
  const ofHosts = Object.values(hosts).flatMap(({ name, user, port }) => [
    `${name}.${tailnet}`,
    `HostKeyAlias=${name}.${tailnet}`,
    user,
    `Port=${port}`,
  ]);
  const ofApps = Object.values(apps).flatMap(({ source }) => {
    // git names paths from the top of its work tree on, which is the project.
    const prefix = posix.relative(posix.dirname(file), source.dir).replace(/.$/, '$&/');
    const leftOut = [...source.exclude, 'ops.yaml', 'ops.yml', 'ops.pins'];
    return [
      source.dir,
      ...[prefix, `:${prefix}`, `:(top,literal)${prefix}`],
      ...leftOut.map(path => `:(top,exclude,literal)${posix.normalize(`${prefix}${path}`)}`),
      ...(source.kind === 'git' ? [`${source.ref}^{commit}`] : []),
    ];
  });
  return new Set([...ofHosts, ...ofApps]);
}

async function project(): Promise<string> {
  const root = await folder({
    'server.js': 'x',
    a: 'x',
    'deploy/worker.service': '[Service]\nUser=web\nExecStart=/bin/true\n',
    'app/x': 'x',
  });
  for (const name of ['.git', 'tmp', 'trap']) await mkdir(join(root, name));
  vi.stubEnv('TMPDIR', join(root, 'tmp'));
  onTestFinished(() => void vi.unstubAllEnvs());
  await symlink('/etc', join(root, 'trap', 'out'));
  return root;
}

it(
  `${CASES} files that somebody made up end as a config or as problems with places; nothing outside is opened, no word is slipped in`,
  async () => {
    const [root, originals] = [realpathSync(await project()), await bases()];
    const exclude = (originals[0] as { apps: { web: { source: { exclude: string[] } } } }).apps.web.source.exclude;
    exclude.push('trap');
    const file = join(root, 'ops.yaml');
    await writeFile(file, written(originals[0]));
    const usual = new Set((await useOf(await load(root))).flatMap(({ args }) => args));
    let understood = 0;
    const openedBy = watchOpens();
    expect([...(await openedBy(() => readFile(REFERENCE))).opened]).toEqual([REFERENCE]);
    expect([...(await openedBy(() => load(root))).opened]).toEqual([file]);
    const holds = async (text: string) => {
      await writeFile(file, text);
      const { result, opened } = await openedBy(async () => {
        const config = await load(root).catch((error: unknown) => error);
        return config instanceof Error ? { error: config } : { config: config as Config, ran: await useOf(config as Config) };
      });
      expect([...opened].filter(path => path !== root && !path.startsWith(`${root}/`))).toEqual([]);
      if (result.error) {
        expect(result.error).toBeInstanceOf(OpsError);
        const { exit, problems, message } = result.error as OpsError;
        expect(exit).toBe('usage');
        expect(problems.length).toBeGreaterThan(0);
        for (const { at } of problems) expect(at).toMatch(/^ops\.yaml:\d+:\d+$/);
        expect(JSON.stringify([message, problems])).not.toMatch(/\.(?:ts|js):\d+:\d+|node_modules|[\u0000-\u001f\u202a-\u202e]/);
        return;
      }
      understood += 1;
      const known = named(result.config);
      for (const { program, args } of result.ran) {
        expect(['ssh', 'git', 'tar']).toContain(program);
        // How a key is written for ssh is asked of ssh itself: test/exec/ssh-options.test.ts.
        const strange = args.filter(word => !usual.has(word) && !known.has(word));
        expect(strange.filter(word => !/^IdentityFile="?\//.test(word))).toEqual([]);
        for (const word of args) if (word.startsWith('-')) expect(usual).toContain(word);
      }
    };
    const strange = fc.record({ base: fc.nat(originals.length - 1), edits: fc.array(edit, { minLength: 1, maxLength: 4 }) });
    const cases = fc.oneof(strange, fc.record({ base: fc.constant(0), texts: fc.array(free, { maxLength: 3 }) }));
    await fc.assert(
      fc.asyncProperty(cases, async made => {
        const tree = plain(originals[made.base]);
        if ('edits' in made) for (const each of made.edits) edited(tree, each);
        else for (const each of made.texts) filled(tree, each);
        await holds(written(tree));
      }),
      { numRuns: CASES, seed: SEED },
    );
    expect(understood).toBeGreaterThan(CASES / 10);
  },
  CASES * 1_000,
);
