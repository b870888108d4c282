import { changeTree, DEV, makeTree, time, withBenchLab, writeProject } from './bench-lab.ts';
import type { Case } from './case.ts';

const FILES = 40_000;
/** What the CLI may take. */
const LIMIT_MB = 150;
/** The kernel's own figure for the process at its end. */
const HOOK = "process.on('exit', () => require('node:fs').writeFileSync('/tmp/peak', String(process.resourceUsage().maxRSS)))";

/** Peak resident memory of the CLI process, for a first deploy of many files and for a small change in them. */
export function benchMemory(say: (line: string) => void): Promise<Case[]> {
  return withBenchLab(['web1'], say, async lab => {
    const op = lab.operator;
    await makeTree(op, FILES, 80_000_000);
    await writeProject(lab, { ours: { hosts: ['web1'], port: 3001 } });
    await op.write('/tmp/peak.cjs', HOOK);
    const peak = async (name: string): Promise<Case> => {
      await time(op, ['env', 'NODE_OPTIONS=--require /tmp/peak.cjs', 'ops', 'deploy', 'ours', '--yes']);
      const ours = (Number(await op.must(['cat', '/tmp/peak'], DEV)) * 1024) / 1e6;
      return { bench: 'memory', case: name, peer: 'the limit', unit: 'mb', ours, theirs: LIMIT_MB };
    };
    const first = await peak('40,000 files, first deploy');
    await changeTree(op, FILES / 100, 1);
    return [first, await peak('40,000 files, 1 % changed')];
  });
}
