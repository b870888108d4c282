import { parseArgs } from 'node:util';
import { LabError } from '../lab/index.ts';
import { asJson, type Case, table } from './case.ts';
import { benchDeploy } from './deploy.ts';
import { benchHosts } from './hosts.ts';
import { benchMemory } from './memory.ts';
import { benchStartUp } from './start-up.ts';

const HELP = `Measures ops against what one would do without it, side by side in one run: read the ratios, not the times.

  npm run bench -- deploy [--delay 0,40]   40 of 4,000 files changed, against rsync and ssh by hand
  npm run bench -- hosts                   three hosts at once, 40 ms away, against one
  npm run bench -- memory                  peak of the CLI with 40,000 files
  npm run bench -- start-up                the process itself, against an empty node

  --runs N   how often each side runs (default 5; start-up 15); medians are shown
  --json     one line a case: bench, case, ours_ms, peer, peer_ms, ratio

deploy, hosts and memory start a lab of their own: root on Linux, see lab/README.md.
`;

interface Options {
  runs: number | undefined;
  delays: number[];
  say: (line: string) => void;
}

const BENCHES: Readonly<Record<string, (options: Options) => Promise<Case[]>>> = {
  deploy: ({ runs = 5, delays, say }) => benchDeploy(runs, delays, say),
  hosts: ({ runs = 5, say }) => benchHosts(runs, say),
  memory: ({ say }) => benchMemory(say),
  'start-up': ({ runs = 15 }) => benchStartUp(runs),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    delay: { type: 'string', default: '0,40' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const runs = values.runs === undefined ? undefined : Number(values.runs);
const delays = values.delay.split(',').map(Number);
const benches = positionals.map(name => BENCHES[name]);

if (values.help || positionals.length === 0) process.stdout.write(HELP);
else if (benches.includes(undefined) || delays.some(ms => !(ms >= 0)) || (runs !== undefined && !(runs >= 1))) {
  process.stderr.write(HELP);
  process.exitCode = 2;
} else {
  try {
    for (const bench of benches) {
      const cases = await bench!({ runs, delays, say: line => process.stderr.write(`${line}\n`) });
      process.stdout.write(values.json ? asJson(cases) : table(cases));
    }
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
