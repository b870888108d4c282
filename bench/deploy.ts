import type { Host } from '../lab/index.ts';
import { changeTree, makeTree, time, withBenchLab, writeProject } from './bench-lab.ts';
import { type Case, median } from './case.ts';

const FILES = 4_000;
const BYTES = 40_000_000;
/** Both sides watch the restarted unit that long; no speed is won or lost in it. */
export const STABLE_MS = 1_000;

/** One per cent of a tree changed: ours against rsync and one ssh by hand, turn by turn. */
export function benchDeploy(runs: number, delays: readonly number[], say: (line: string) => void): Promise<Case[]> {
  return withBenchLab(['web1'], say, async lab => {
    const web1 = lab.host('web1');
    await makeTree(lab.operator, FILES, BYTES);
    await writeProject(lab, { ours: { hosts: ['web1'], port: 3001 } });
    await prepareByHand(web1);
    const cases: Case[] = [];
    for (const delay of delays) {
      await web1.delay(delay);
      cases.push(...(await compare(lab.operator, web1, runs, delay, say)));
    }
    return cases;
  });
}

async function compare(op: Host, web1: Host, runs: number, delay: number, say: (line: string) => void): Promise<Case[]> {
  const byHand = ['sh', '/opt/ops/bench/peer/deploy.sh', 'tree', `deploy@${web1.fqdn}`];
  const ours = { name: 'ours', command: ['ops', 'deploy', 'ours', '--yes'], ms: [] as number[] };
  const peers = [
    { name: 'rsync and ssh by hand', command: byHand, ms: [] as number[] },
    { name: 'the same over one shared connection', command: [...byHand, '.ssh/by-hand'], ms: [] as number[] },
  ];
  const sides = [ours, ...peers];
  for (const { command } of sides) await time(op, command);
  for (let run = 1; run <= runs; run++) {
    await changeTree(op, FILES / 100, delay * 1000 + run);
    for (const side of run % 2 === 1 ? sides : sides.toReversed()) side.ms.push((await time(op, side.command)) - STABLE_MS);
    say(`  ${delay} ms away, run ${run}: ${sides.map(side => `${side.name} ${side.ms.at(-1)!.toFixed(0)} ms`).join(', ')}`);
  }
  const name = `1 % of 40 MB in 4,000 files, ${delay} ms away`;
  return peers.map(peer => ({
    bench: 'deploy',
    case: name,
    peer: peer.name,
    unit: 'ms',
    ours: median(ours.ms),
    theirs: median(peer.ms),
  }));
}

/** The unit and the folder that a person would have made once. */
async function prepareByHand(web1: Host): Promise<void> {
  const unit =
    '[Service]\nUser=web\nWorkingDirectory=/srv/by-hand/current\nExecStart=/usr/bin/env node server.js 3002\nRestart=on-failure\n';
  await web1.write('/etc/systemd/system/by-hand.service', unit);
  await web1.must('systemctl daemon-reload && mkdir -p /srv/by-hand/releases');
}
