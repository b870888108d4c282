import { withLab } from '../../../lab/index.ts';

/** Brings up the lab `argv[2]`, says so, and holds it, a command running in it, until somebody ends this process. */
await withLab({ id: process.argv[2] ?? 'held', hosts: { web1: {} } }, async lab => {
  lab.host('web1').spawn(`: held by ${lab.id}; sleep 600`, { timeoutMs: 600_000 });
  process.stdout.write('up\n');
  await new Promise(resolve => setTimeout(resolve, 600_000));
});
