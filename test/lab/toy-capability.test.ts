import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSource } from '../../scripts/source-file.ts';
import { RULES } from '../architecture/rules.ts';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';

/*
 * docs/architecture.md, «Add a capability»: `ops motd` has every host say one line at a login. It is added to a copy of this
 * tree by its own folders and these lines, and run on real hosts.
 */
const ROOT = new URL('../..', import.meta.url).pathname;
const TOY = join(ROOT, 'test/fixtures/toy');

/** File → what is put behind which text: the lines that a capability takes outside its own folders. */
const REGISTRATIONS: readonly (readonly [file: string, behind: string, line: string])[] = [
  ['src/config/sections/index.ts', "import { hosts } from './hosts/index.ts';\n", "import { motd } from './motd/index.ts';\n"],
  ['src/config/sections/index.ts', 'hosts, apps, ', 'motd, '],
  [
    'src/host/programs.ts',
    'const CAPABILITIES = {\n',
    "  motd: { look: ['motd/look'], transaction: ['motd/motd'], facts: ['motd/look', 'motd/facts'], belongings: ['motd/belongings'] },\n",
  ],
  [
    'src/report/voices.ts',
    "import { forgetVoice } from './forget.ts';\n",
    "import { motdVoice, renderMotd } from './motd.ts';\n",
  ],
  ['src/report/voices.ts', 'deploy: deployVoice, ', 'motd: motdVoice, '],
  ['src/report/voices.ts', 'apps: renderStatus, ', 'motd: renderMotd, '],
  ['src/command/capabilities.ts', "'../hosts/index.ts';\n", "import { door as motd } from '../motd/index.ts';\n"],
  ['src/command/capabilities.ts', '[hosts, deploy, ', 'motd, '],
];
const LIMIT = 8;

const copy = mkdtempSync(join(tmpdir(), 'ops-toy-'));
let lab: AppLab;
let project: Project;

beforeAll(async () => {
  // The operator in the lab reads it as another account.
  chmodSync(copy, 0o755);
  for (const path of ['bin', 'src', 'scripts', 'schema', 'examples', 'lab', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  cpSync(TOY, copy, { recursive: true });
  for (const [file, behind, line] of REGISTRATIONS) {
    const text = readFileSync(join(copy, file), 'utf8');
    const at = text.indexOf(behind);
    expect(at, `${file} has no ${behind}`).toBeGreaterThan(-1);
    writeFileSync(join(copy, file), text.slice(0, at + behind.length) + line + text.slice(at + behind.length));
  }
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: copy, stdio: 'pipe' });
  lab = await startAppLab({ hosts: { web1: {} }, checkout: copy });
  project = await lab.project('toy', {}, { config: { motd: 'one for all' } });
});
afterAll(async () => {
  await lab?.down();
  rmSync(copy, { recursive: true, force: true });
});

test(`it takes at most ${LIMIT} lines outside its own folders`, () => {
  const changed = REGISTRATIONS.map(([file, , line]) => `${file}: ${line.trim()}`);
  console.log(`A capability of the host scope is registered by ${changed.length} lines:\n${changed.join('\n')}`);
  expect(changed.length).toBeLessThanOrEqual(LIMIT);
});

test('the types agree, and no border is crossed', () => {
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const checked = ['--noEmit', '--project', 'tsconfig.json'];
  execFileSync(process.execPath, [tsc, ...checked], { cwd: copy, stdio: 'pipe' });
  const files = globSync('src/**/*.ts', { cwd: copy }).map(path => parseSource(path, readFileSync(join(copy, path), 'utf8')));
  expect(RULES.flatMap(({ violations }) => violations(files))).toEqual([]);
});

test('its plan is printed, carried out, recorded and told of like any other', async () => {
  const planned = await project.json<{ plan: { hosts: { steps: object[] }[] } }>('motd --dry-run');
  expect(planned.plan.hosts[0]!.steps).toMatchObject([{ kind: 'write' }]);
  const ran = await project.ops('motd --yes');
  expect(ran.text).toMatch(/Said on web1\./);
  expect(await lab.host('web1').read('/etc/motd.d/ops')).toBe('one for all\n');
  expect((await project.ops('motd --yes')).stdout).toMatch(/^Nothing to do/);
  expect((await project.ops('status')).stdout).toMatch(/^web1 {2}message [0-9a-f]{8}$/m);
  const record = await lab.host('web1').must("sed '/^end$/q' /var/lib/ops/host/last/record");
  expect(record).toMatch(/^outcome done\n[\s\S]*^seen motd [0-9a-f]{64}$/m);
});

test('what it left is what ops hosts forget lists and removes', async () => {
  const listed = await project.ops('hosts forget web1 --dry-run');
  expect(listed.stdout).toMatch(/motd {6}\/etc\/motd\.d\/ops/);
  expect((await project.ops('hosts forget web1 --yes')).code).toBe(0);
  expect((await lab.host('web1').exec('ls /etc/motd.d/ops /var/lib/ops')).code).not.toBe(0);
});
