import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Host, type Lab, startLab } from '../../lab/index.ts';
import { Deployer } from './support/deployer.ts';
import type { Release, Tree } from './support/release.ts';

/**
 * A crash leaves the page cache alone, a power cut does not: what was never flushed is gone. Here trees and state lie on an
 * ext4 of their own, and before every sync and every rename of a run its block device is copied, as it is at that moment,
 * once the file system has had the time to commit names that it has no contents for yet. Each copy is what a machine would
 * find on its disk had the power gone then. That is an ordered prefix of what ext4 wrote: no torn sectors, no lying disks.
 */
let lab: Lab;
let host: Host;

/** Stands in front of the real sync and mv. With a file `no-barrier` sync does nothing: the control. */
const SHIM = `#!/bin/sh
sleep 1.2
cp --sparse=always /disk.img "/cuts/$(date +%s%N)"
case \${0##*/} in sync) [ ! -e /no-barrier ] || exit 0 ;; esac
exec "/usr/bin/\${0##*/}" "$@"
`;

/** Boots from every copy: which release is current, whether each finished release is whole, and what the run claims. */
const INSPECT = `
cd /; mkdir -p /booted
for image in /cuts/*; do
  mount -o loop "$image" /booted || { echo "unmountable"; continue; }
  link=$(readlink /booted/srv/current || echo none) state=/booted/state/apps/cut torn=''
  for tree in /booted/srv/releases/[!.]*/; do
    tree=\${tree%/} id=\${tree##*/}
    [ -d "$tree" ] || continue
    [ "$(sha256sum <$state/releases/$id/manifest)" = "$(sed -n 's/^digest=//p' $state/releases/$id/meta)  -" ] || torn="$torn manifest-of-$id"
    (cd "$tree" && awk -F'\\t' '$1 == "f" { print $3 "  " $4 }' $state/releases/$id/manifest | sha256sum --quiet --strict -c) >/dev/null 2>&1 || torn="$torn $id"
  done
  [ -d /booted/srv/$link ] || torn="$torn current"
  record=$(sed -n 's/^outcome //p' $state/runs/r-2/record)
  [ -z "$record" ] || grep -qx end $state/runs/r-2/record || torn="$torn record"
  echo "$link\${record:+ recorded as $record}\${torn:+ TORN$torn}"
  umount /booted
done 2>/dev/null
rm -f /cuts/*`;

beforeAll(async () => {
  lab = await startLab({ hosts: { h1: {} } });
  host = lab.host('h1');
  for (const name of ['sync', 'mv']) await host.write(`/shims/${name}`, SHIM);
  await host.must('chmod 755 /shims/* && mkdir -p /cuts /disk /srv /var/lib/ops');
  await host.must('mknod /dev/loop-control c 10 237; for n in $(seq 0 63); do mknod /dev/loop$n b 7 $n; done');
});
afterAll(() => lab?.down());

function treeOf(version: number): Tree {
  const files = Array.from({ length: 120 }, (_, index) => [
    `part-${index % 6}/file-${index}`,
    `${index} of ${index % 4 === 0 ? version : 'both'}\n`.repeat(100),
  ]);
  return Object.fromEntries(files);
}

/** What machines would find that lose their power at each step of the second deploy. */
async function cutEverywhere(): Promise<string[]> {
  await host.must(
    'truncate -s 64M /disk.img && mkfs.ext4 -q -F /disk.img && mount -o loop,commit=1 /disk.img /disk && mkdir -p /disk/srv /disk/state && mkdir -p /srv/cut && mount --bind /disk/srv /srv/cut && mount --bind /disk/state /var/lib/ops',
  );
  const app = new Deployer(host, { app: 'cut', path: '/srv/cut', user: 'web', privilege: 'root' });
  const release = (number: number): Release => ({ id: `rel-${number}`, run: `r-${number}`, tree: treeOf(number), stableMs: 0 });
  expect((await app.deploy(release(1))).record?.outcome).toEqual(['done']);
  const second = { ...release(2), base: { id: 'rel-1', tree: treeOf(1) } };
  const planned = await app.ready(second);
  await host.must('cp /shims/* /usr/local/sbin/');
  const ran = await app.start(planned);
  expect(ran.record?.outcome).toEqual(['done']);
  await host.must('sleep 1.2; cp --sparse=always /disk.img /cuts/$(date +%s%N); rm /usr/local/sbin/sync /usr/local/sbin/mv');
  const found = (await host.must(['sh', '-c', INSPECT], { timeoutMs: 60_000 })).trim().split('\n');
  await host.must('umount /var/lib/ops /srv/cut /disk && rm /disk.img');
  return found;
}

test('whenever the power goes, current is a whole release, and a record that is there is true', async () => {
  const found = await cutEverywhere();
  expect(found.filter(line => line.includes('TORN') || line === 'unmountable')).toEqual([]);
  expect(new Set(found)).toEqual(new Set(['releases/rel-1', 'releases/rel-2', 'releases/rel-2 recorded as done']));
});

test('without the barriers it would not be: the same cuts find torn releases', async () => {
  await host.write('/no-barrier', '');
  const found = await cutEverywhere();
  expect(found.filter(line => line.startsWith('releases/rel-2 TORN'))).not.toEqual([]);
});
