/** `npm run demo`: a real application onto a real tailnet, as the operator would type it. The lab stays up afterwards. */
import { spawn } from 'node:child_process';
import { cpSync, globSync, statSync } from 'node:fs';
import { parseArgs, stripVTControlCharacters, styleText } from 'node:util';
import { cached, fingerprint } from './cache.ts';
import { record } from './demo-record.ts';
import { APP_DIRECTORY, downCommand, nextCommands, STEPS, type Step } from './demo-steps.ts';
import { type Host, LabError, startLab } from './index.ts';
import { must } from './process.ts';
import { ensureMachine } from './requirements.ts';
import { labIds, sweep } from './state.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const APP = new URL('demo-app/', import.meta.url).pathname;

const HELP = `Puts a real application onto a real tailnet on this machine. Needs root on Linux and Go.

  npm run demo
  npm run demo -- --record      also keeps what it shows: docs/demo.txt, README.md
  npm run demo -- --name ID     in a lab of another name than demo
`;

const flags = readFlags();
const began = performance.now();
const onTerminal = process.stdout.isTTY && !flags.record;
let transcript = '';

function print(text: string): void {
  process.stdout.write(onTerminal ? text : stripVTControlCharacters(text));
  transcript += stripVTControlCharacters(text);
}

function readFlags() {
  const off = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({ options: { name: { type: 'string', default: 'demo' }, record: off, help: off } });
    if (!values.help) return values;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${HELP}`);
    process.exit(2);
  }
}

async function main(): Promise<void> {
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  await ensureMachine(progress);
  if (labIds().includes(flags.name)) {
    progress(`Taking down the lab ${flags.name} of an earlier run`);
    await sweep(flags.name);
  }
  progress('Building ops, installing the demo app, starting the lab: an operator op, hosts web1 and web2');
  await buildOps();
  const app = await installApp(progress);
  const lab = await startLab({ id: flags.name, hosts: { web1: {}, web2: {} }, background: true, say: progress });
  await lab.operator.copyIn(app, `/home/dev/${APP_DIRECTORY}`, 'dev:dev');
  for (const step of STEPS) await take(step, lab.operator);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  print(`\nThat took ${seconds} s. The lab is still running; try next:\n`);
  for (const command of nextCommands(flags.name)) print(`  ${command}\n`);
  print(`and take it down with:\n  ${downCommand(flags.name)}\n`);
  if (flags.record) record(transcript.trimStart());
}

/** dist/ may be in use by others, so it is built only when a source is newer. */
async function buildOps(): Promise<void> {
  const changed = (path: string) => statSync(ROOT + path).mtimeMs;
  const sources = globSync(['src', 'src/**', 'scripts/build.ts', 'scripts/manifest.ts', 'package.json'], { cwd: ROOT });
  const [built] = globSync('dist/help.txt', { cwd: ROOT });
  if (built && sources.every(source => changed(source) < changed(built))) return;
  await must([process.execPath, `${ROOT}scripts/build.ts`]);
}

/** The application as its lockfile says, in the cache; its path. */
function installApp(say: (line: string) => void): Promise<string> {
  return cached(`demo-app-${fingerprint([], new URL('demo-app/', import.meta.url))}`, say, async directory => {
    cpSync(APP, directory, { recursive: true });
    await must(['npm', 'ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: directory,
    });
  });
}

async function take(step: Step, operator: Host): Promise<void> {
  print(`\n${styleText('dim', `# ${step.why}`)}\n${styleText(['bold', 'green'], `dev@op:~/${APP_DIRECTORY}$`)} ${step.type}\n`);
  const { code, output } = await inShell(step.type, operator);
  const wanted = step.exit ?? 0;
  if (code !== wanted) throw new LabError(`the demo expected exit ${wanted} here and got ${code}`);
  if (step.shows && output !== null && !output.includes(step.shows))
    throw new LabError(`the demo expected to see «${step.shows}» here`);
}

/** On a terminal the command has it to itself (colours, rows that redraw), so its output cannot be read here. */
function inShell(command: string, operator: Host): Promise<{ code: number | null; output: string | null }> {
  const env = onTerminal ? { TERM: process.env.TERM ?? 'dumb' } : undefined;
  const shell = operator.commandLine(['sh', '-c', onTerminal ? command : `{ ${command}; } 2>&1`], {
    user: 'dev',
    cwd: `/home/dev/${APP_DIRECTORY}`,
    ...(env && { env }),
  });
  const [program = '', ...args] = shell;
  const child = spawn(program, args, { stdio: ['ignore', onTerminal ? 'inherit' : 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    print(text);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve({ code, output: onTerminal ? null : output }));
  });
}

for (const [signal, exit] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    process.stderr.write('\nStopped: taking the lab down\n');
    void sweep(flags.name).finally(() => process.exit(exit));
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error instanceof LabError ? error.message : String(error.stack)}\n`);
  if (labIds().includes(flags.name)) process.stderr.write(`The lab is still up; take it down with: ${downCommand(flags.name)}\n`);
  process.exitCode = 1;
}
