/** The production build in this checkout: npm run build */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleInto } from './bundle.ts';
import { ROOT } from './program.ts';

const started = performance.now();
const staging = await mkdtemp(join(ROOT, 'dist.'));
try {
  await bundleInto(staging);
  // Whoever runs ops from this checkout meanwhile finds the old build or the new one.
  await rename(join(ROOT, 'dist'), join(staging, 'old')).catch(() => undefined);
  await rename(join(staging, 'dist'), join(ROOT, 'dist'));
  await rename(join(staging, 'oclif.manifest.json'), join(ROOT, 'oclif.manifest.json'));
} finally {
  await rm(staging, { recursive: true, force: true });
}
console.error(`Built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
