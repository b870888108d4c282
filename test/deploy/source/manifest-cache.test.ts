import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createManifest } from '../../../src/deploy/source/manifest.ts';
import { ManifestCache } from '../../../src/deploy/source/manifest-cache.ts';
import { LocalRunner } from '../../../src/exec/local.ts';
import { scratch } from '../../host/support/scratch.ts';

test('what was sent is read again by its digest', async () => {
  const cache = new ManifestCache(scratch());
  const manifest = createManifest(['f\t644\tx\ty']);
  await cache.write(manifest);
  expect(await cache.digests()).toEqual([manifest.digest]);
  expect(await cache.read(manifest.digest)).toEqual(manifest);
});

test.each(['../fifo', '/dev/zero', 'fifo', '', '.'])(
  'a host that calls %j a digest has nothing opened',
  async digest => {
    const folder = scratch();
    mkdirSync(join(folder, 'manifests'));
    // Who opens one waits for a writer.
    const args = [join(folder, 'fifo'), join(folder, 'manifests/fifo')];
    await new LocalRunner().run({ program: 'mkfifo', environment: 'host', args, deadlineMs: 5_000, mutates: true });
    expect(await new ManifestCache(folder).read(digest)).toBe(null);
  },
  10_000,
);
