import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsOf } from '../../lab/demo-record.ts';
import { nextCommands } from '../../lab/demo-steps.ts';
import { openLab } from '../../lab/index.ts';
import { labIds, sweep } from '../../lab/state.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
/** A name of its own: a demo that somebody looks at is left alone. */
const LAB = 'demo-test';

let demo: { code: number | null; output: string };
let said: ReturnType<typeof commandsOf>;

beforeAll(async () => {
  demo = await run([process.execPath, 'lab/demo.ts', '--name', LAB]);
  said = commandsOf(demo.output);
}, 400_000);

afterAll(() => sweep(LAB));

test('the demo ends well and says how long it took', () => {
  expect(demo.code, demo.output).toBe(0);
  expect(demo.output).toMatch(/^That took \d+ s\./m);
});

test('what it deploys is a real application of at least 2,000 files', () => {
  const [, files = '0'] = /upload ([\d,]+) files, .* first release/.exec(demo.output) ?? [];
  expect(Number(files.replaceAll(',', ''))).toBeGreaterThanOrEqual(2_000);
});

test('version 1 is sent whole, version 2 as one file, and version 3 goes back by itself', () => {
  const deploys = said.filter(({ command }) => command.endsWith('ops deploy --yes')).map(({ output }) => output.join('\n'));
  expect(deploys).toHaveLength(3);
  const [first = '', second = '', third = ''] = deploys;
  expect(first).toMatch(/^Deployed \S+ to web1, web2\./m);
  expect(second).toMatch(/web1 +upload 1 file, .*\n +web2 +upload 1 file, /);
  expect(second).toMatch(/^Deployed \S+ to web1, web2\./m);
  expect(third).toContain("Cannot find module 'express'");
  const [, back] = /web1 failed and is back on (\S+);/.exec(third) ?? [];
  expect(second).toContain(`Deployed ${back} `);
  expect(third.trimEnd()).toMatch(/exit 30$/);
});

test('after the broken version the lab still serves version 2 on both hosts', async () => {
  const lab = await openLab(LAB);
  for (const host of lab.hosts) {
    const page = await lab.operator.must(['curl', '-sS', `http://${host.fqdn}:8080/`], { user: 'dev' });
    expect(page).toContain('Version 2');
  }
});

test('what the demo tells to try next works', async () => {
  const commands = nextCommands(LAB);
  expect(commands.filter(command => demo.output.includes(`  ${command}\n`))).toEqual(commands);
  const [rollback = '', logs = '', shell = ''] = commands;
  expect(await run(['sh', '-c', rollback])).toMatchObject({ code: 0, output: expect.stringMatching(/^Rolled board back to /m) });
  expect(await run(['sh', '-c', logs])).toMatchObject({ code: 0, output: expect.stringContaining('Started flows') });
  expect(await run(['sh', '-c', `echo 'whoami; exit 7' | ${shell}`])).toMatchObject({
    code: 7,
    output: expect.stringContaining('dev'),
  });
}, 120_000);

test('the recorded transcript shows what the demo types and how each command ends today', () => {
  const endings = (of: typeof said) => of.map(({ command, output }) => [command, shapeOf(output.at(-1))]);
  const recorded = commandsOf(readFileSync(`${ROOT}docs/demo.txt`, 'utf8'));
  expect(endings(recorded), 'record it again: npm run demo -- --record').toEqual(endings(said));
});

test('it is taken down with the command that it names', async () => {
  const [, command = 'false'] = /^and take it down with:\n +(.+)$/m.exec(demo.output) ?? [];
  expect(await run(['sh', '-c', command])).toMatchObject({ code: 0 });
  expect(labIds()).not.toContain(LAB);
}, 120_000);

/** A line without what differs from run to run: ids, keys, numbers. */
function shapeOf(line = ''): string {
  return line
    .replace(/r-[0-9A-Z]{6}/g, 'RUN')
    .replace(/\d{8}-\d{4}-[0-9a-f]{6}/g, 'RELEASE')
    .replace(/\d+(\.\d+)?/g, 'N');
}

function run(argv: readonly string[]): Promise<{ code: number | null; output: string }> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (text: string) => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve({ code, output }));
  });
}
