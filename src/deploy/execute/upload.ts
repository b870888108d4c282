import type { AppConfig, HostConfig } from '../../config/types.ts';
import type { Context } from '../../context.ts';
import { OpsError } from '../../errors.ts';
import { classifyRemoteFailure } from '../../exec/classify.ts';
import { parseProgress } from '../../exec/rsync.ts';
import type { HostRunner, Result } from '../../exec/runner.ts';
import type { Who } from '../../host/facts/types.ts';
import { privilegeWords, runProgram } from '../../host/host.ts';
import type { HostPlan, Plan } from '../../plan/plan.ts';
import type { Difference, Manifest } from '../source/manifest.ts';
import { stageCall } from './order.ts';

const STAGE_DEADLINE_MS = 10 * 60_000;
const UPLOAD_DEADLINE_MS = 60 * 60_000;
/** rsync ticks at every file; nobody reads faster than this. */
const TICK_MS = 100;

export interface UploadJob {
  run: Plan;
  plan: HostPlan;
  app: AppConfig;
  host: HostConfig;
  who: Who;
  runner: HostRunner;
  manifest: Manifest;
  /** Folder here that the files come from. */
  from: string;
  difference: Difference;
}

/** Builds the new tree beside the releases: what the base has already is linked, the rest is sent. Nothing reads it yet. */
export async function uploadRelease(context: Context, job: UploadJob, onBytes: (bytes: number) => void): Promise<void> {
  const { host, runner } = job;
  const staged = await runProgram(runner, {
    program: 'stage',
    privilege: host.privilege,
    ...stageCall(job.plan, job.run, job.app, host, job.who, job.manifest.digest, job.difference),
    deadlineMs: STAGE_DEADLINE_MS,
    mutates: true,
    signal: context.signal,
  });
  const partial = staged.get('partial');
  if (partial === undefined) {
    const code = staged.get('error') ?? 'stage-failed';
    throw new OpsError(code, 'host-not-ready', `${host.id}: ${staged.get('detail') ?? 'the upload could not be prepared'}`);
  }
  if (job.difference.upload.length === 0) return;
  let toldAt = 0;
  const result = await runner.upload(
    {
      from: job.from,
      to: partial,
      files: job.difference.upload,
      as: privilegeWords(host.privilege),
      deadlineMs: UPLOAD_DEADLINE_MS,
    },
    {
      signal: context.signal,
      onLine: line => {
        const tick = parseProgress(line);
        if (!tick || performance.now() - toldAt < TICK_MS) return;
        toldAt = performance.now();
        onBytes(tick.bytes);
      },
    },
  );
  if (result.reason === 'exited' && result.exit === 0) return;
  const error = uploadError(result, job);
  // What did arrive would keep the disk full, and so the next deploy out.
  if (error.code === 'disk-full') await remove(job, partial);
  throw error;
}

async function remove({ host, runner }: UploadJob, partial: string): Promise<void> {
  const [program = 'rm', ...args] = [...privilegeWords(host.privilege), 'rm', '-rf', '--', partial];
  await runner.run({ program, args, deadlineMs: STAGE_DEADLINE_MS, mutates: true });
}

/** rsync's own codes say little: 11 is a full disk or a missing folder, 23 no inodes, a read-only disk or a file that went away. */
function uploadError(result: Result, { app, host }: UploadJob): OpsError {
  if (result.reason === 'canceled' || result.exit === 255 || result.exit === null) return classifyRemoteFailure(result, host.id);
  const lines = result.stderr.split('\n').map(line => line.trim());
  const cause =
    lines.find(line => /No space left|Disk quota|Read-only file system|vanished|Permission denied/.test(line)) ??
    lines.find(line => line !== '');
  const full = /No space left|Disk quota/.test(cause ?? '');
  return new OpsError(
    full ? 'disk-full' : 'upload-failed',
    'host-not-ready',
    `${host.id}: the upload failed: ${cause ?? 'rsync said nothing'}`,
    {
      hint: full
        ? `ops releases ${app.id} --prune --keep 2 --host ${host.id}`
        : 'the same command again: it continues where this stopped',
      details: { rsync: result.exit },
    },
  );
}
