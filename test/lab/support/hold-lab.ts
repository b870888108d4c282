import { withLab } from '../../../lab/index.ts';

/** Brings up the lab `argv[2]`, says so, and holds it until somebody ends this process. */
await withLab({ id: process.argv[2] ?? 'held', hosts: { web1: {} } }, async () => {
  process.stdout.write('up\n');
  await new Promise(resolve => setTimeout(resolve, 600_000));
});
