import { withLab } from '../../../lab/index.ts';
import { PATIENCE, until } from '../../../lab/process.ts';

/** Brings up the lab `argv[2]`, says so once a command runs in it, and holds it until somebody ends this process. */
await withLab({ id: process.argv[2] ?? 'held', hosts: { web1: {} } }, async lab => {
  const held = lab.host('web1').spawn(`: held by ${lab.id}; echo in; sleep 600`, { timeoutMs: 600_000 });
  await until('the command to run', PATIENCE, () => held.output().stdout === 'in\n');
  process.stdout.write('up\n');
  await new Promise(resolve => setTimeout(resolve, 600_000));
});
