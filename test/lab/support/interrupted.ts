import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Ended, Host } from '../../../lab/index.ts';
import type { Project } from './app-lab.ts';
import { versionOf } from './fixture-app.ts';

/** A version with as many bytes that do not compress: on a narrow link its upload takes a while. */
export function heavyVersion(version: string, bytes: number): Record<string, string> {
  return { ...versionOf(version), payload: randomBytes((bytes * 3) / 4).toString('base64') };
}

const WATCH = `
until find "/var/lib/ops/apps/$1/runs" -newer "/tmp/mark-$1" -name "$3" -exec grep -lx "$2" {} + 2>/dev/null | grep -q .; do
  sleep 0.01
done`;

/** Resolves when a run that begins after this call says on the host that it is in this phase; `uploading` comes before all others. */
export async function phaseReached(host: Host, app: string, phase: string): Promise<void> {
  await host.must(['touch', `/tmp/mark-${app}`]);
  const [line, file] = phase === 'uploading' ? ['mode=deploy', 'intent'] : [`phase ${phase}`, 'progress'];
  await host.must(['sh', '-c', WATCH, 'sh', app, line, file], { timeoutMs: 90_000 });
}

const NEWEST = `
cd "/var/lib/ops/apps/$1/runs" 2>/dev/null || exit 0
for run in $(ls -1t); do
  [ -e "$run/progress" ] || [ -d "$2/releases/.partial-$run" ] || continue
  echo "$run"
  exit
done`;

/** The run that began last on this host and left anything of its work there; null when none did. */
export async function newestRun(host: Host, { app, path }: Project): Promise<string | null> {
  return (await host.must(['sh', '-c', NEWEST, 'sh', app, path])).trim() || null;
}

/**
 * What must hold after every interruption, whatever was cut off: `current` is a complete release (or there never was one),
 * `ops status` names the run that was cut off and how it stands, and one `ops deploy` brings the wanted version.
 */
export async function expectConverges(project: Project, host: Host, wanted: string): Promise<string> {
  const found = await project.look(host.name);
  if (found.link !== null) expect(found.differs, `behind ${found.link}`).toEqual([]);
  const run = await newestRun(host, project);
  const status = await project.ops('status');
  expect([0, 1], status.text).toContain(status.code);
  if (run !== null) expect(status.stdout).toContain(run);
  if (found.link !== null) expect(status.stdout).toMatch(/current \d{8}-\d{4}-\w+/);
  const next = await project.ops('deploy --yes --wait 1m');
  expect(next.code, `after:\n${status.text}\nnext:\n${next.text}`).toBe(0);
  await project.expectServes(wanted, host.name);
  return status.stdout;
}

/** The exit code says what the host shows: `before` is the version served until now, `wanted` the one being deployed. */
export async function expectTruth(
  project: Project,
  host: Host,
  ended: Pick<Ended, 'code' | 'stdout' | 'stderr'>,
  { before, wanted }: { before: string; wanted: string },
): Promise<void> {
  const { version, answer } = await project.look(host.name);
  const shown = `${ended.stderr}${ended.stdout}\n${host.name} serves ${version} and answers ${answer}`;
  if (ended.code === 0) expect({ version, answer }, shown).toEqual({ version: wanted, answer: wanted });
  else if (ended.code === 31) expect(answer, shown).toBeNull();
  else if (ended.code !== 41) expect({ version, answer }, shown).toEqual({ version: before, answer: before });
}
