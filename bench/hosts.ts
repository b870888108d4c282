import { changeTree, makeTree, time, withBenchLab, writeProject } from './bench-lab.ts';
import { type Case, median } from './case.ts';
import { STABLE_MS } from './deploy.ts';

const HOSTS = ['web1', 'web2', 'web3'];
const DELAY = 40;

/** Hosts side by side: three of them against one, and against as many bare logins started together on top of that one. */
export function benchHosts(runs: number, say: (line: string) => void): Promise<Case[]> {
  return withBenchLab(HOSTS, say, async lab => {
    const op = lab.operator;
    await makeTree(op, 4_000, 40_000_000);
    await writeProject(lab, { one: { hosts: ['web1'], port: 3001 }, three: { hosts: HOSTS, port: 3003 } });
    await Promise.all(lab.hosts.map(host => host.delay(DELAY)));
    const logins = lab.hosts.map(host => `ssh deploy@${host.fqdn} true &`).join(' ');
    const commands = {
      one: ['ops', 'deploy', 'one', '--yes'],
      three: ['ops', 'deploy', 'three', '--yes'],
      logins: ['sh', '-c', `${logins} wait`],
    };
    const ms = { one: [] as number[], three: [] as number[], logins: [] as number[] };
    for (const command of Object.values(commands)) await time(op, command);
    for (let run = 1; run <= runs; run++) {
      await changeTree(op, 40, run);
      ms.one.push((await time(op, commands.one)) - STABLE_MS);
      ms.three.push((await time(op, commands.three)) - STABLE_MS);
      ms.logins.push(await time(op, commands.logins));
      say(
        `  run ${run}: ${Object.entries(ms)
          .map(([name, values]) => `${name} ${values.at(-1)!.toFixed(0)} ms`)
          .join(', ')}`,
      );
    }
    const three = median(ms.three);
    const common = { bench: 'hosts', unit: 'ms', ours: three } as const;
    const name = `3 hosts ${DELAY} ms away`;
    return [
      { ...common, case: name, peer: 'ops on one of them', theirs: median(ms.one) },
      {
        ...common,
        case: `${name}, beside logins`,
        peer: '3 x ssh true together, then ops on one',
        theirs: median(ms.one) + median(ms.logins),
      },
    ];
  });
}
