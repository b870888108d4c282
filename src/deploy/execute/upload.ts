import type { Context } from '../../context.ts';
import { BugError, OpsError } from '../../errors.ts';
import { classifyRemoteFailure } from '../../exec/classify.ts';
import { parseProgress } from '../../exec/rsync.ts';
import type { Result } from '../../exec/runner.ts';
import { formatBytes } from '../../format.ts';
import { isPath } from '../../forms.ts';
import { refusalIn, unreadable } from '../../host/answer.ts';
import { privilegeWords, runProgram } from '../../host/host.ts';
import { ended, isOpen, plainOutcome, type Told, toldOf } from '../../run/part.ts';
import { sayIn } from '../../run/rows.ts';
import type { PreparedDeploy, UploadPart } from '../parts.ts';
import { stepOf } from '../steps.ts';
import { stageOrder } from './order.ts';

const STAGE_DEADLINE_MS = 10 * 60_000;
const UPLOAD_DEADLINE_MS = 60 * 60_000;
/** rsync ticks at every file; nobody reads faster than this. */
const TICK_MS = 100;

/** Sends the release to every host that has work to do. Nothing there reads it yet. */
export async function upload(context: Context, prepared: PreparedDeploy, parts: readonly UploadPart[]): Promise<UploadPart[]> {
  const open = parts.filter(isOpen);
  if (open.length === 0) return [...parts];
  const row = sayIn(context, 'upload');
  const total = open.reduce((sum, part) => sum + (stepOf(part.plan, 'upload')?.bytes ?? 0), 0);
  const sent = new Map<UploadPart, number>();
  row('start', formatBytes(total));
  const onBytes = (part: UploadPart, bytes: number) => {
    sent.set(part, bytes);
    const done = [...sent.values()].reduce((sum, count) => sum + count, 0);
    row('progress', `${formatBytes(done)} of ${formatBytes(total)}`);
  };
  const uploaded = await Promise.all(
    parts.map(async part => {
      if (!isOpen(part)) return part;
      try {
        await uploadTo(context, prepared, part, bytes => onBytes(part, bytes));
        return part;
      } catch (error) {
        return ended(part, failedOutcome(toldOf(context, prepared.plan.run, part), error));
      }
    }),
  );
  const failed = uploaded.filter(part => part.outcome?.result === 'failed');
  if (failed.length > 0) row('failed', failed.map(({ host }) => host.id).join(', '));
  else row('done', total === 0 ? 'nothing to send' : `${formatBytes(total)} sent`);
  return uploaded;
}

/** Builds the new tree beside the releases: what the base has already is linked, the rest is sent. */
async function uploadTo(
  context: Context,
  { plan, source }: PreparedDeploy,
  part: UploadPart,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { host, difference } = part;
  const { runner } = part.session;
  const staged = await runProgram(runner, {
    program: 'stage',
    privilege: part.plan.privilege,
    ...stageOrder(plan, part.plan, difference),
    deadlineMs: STAGE_DEADLINE_MS,
    mutates: true,
    signal: context.signal,
  });
  const partial = staged.get('partial');
  if (partial === undefined) {
    const { code, detail } = refusalIn(staged) ?? { code: 'stage-failed', detail: null };
    const exit = code === 'lock-held' ? 'lock-held' : 'host-not-ready';
    throw new OpsError(code, exit, `${host.id}: ${detail ?? 'the upload could not be prepared'}`);
  }
  // Nothing else is written to, and removed again.
  if (!isPath(partial) || !partial.endsWith(`/.partial-${plan.run}`))
    throw unreadable(host.id, 'what it made for the upload is no such folder');
  if (difference.upload.length === 0) return;
  const as = privilegeWords(part.plan.privilege);
  let toldAt = 0;
  const result = await runner.upload(
    { from: source.dir, to: partial, files: difference.upload, as, deadlineMs: UPLOAD_DEADLINE_MS },
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
  const error = uploadError(result, part);
  // What did arrive would keep the disk full, and so the next deploy out.
  if (error.code === 'disk-full') await remove(part, partial);
  throw error;
}

async function remove({ plan, session }: UploadPart, partial: string): Promise<void> {
  const [program = 'rm', ...args] = [...privilegeWords(plan.privilege), 'rm', '-rf', '--', partial];
  await session.runner.run({ program, args, deadlineMs: STAGE_DEADLINE_MS, mutates: true });
}

/** rsync's own codes say little: 11 is a full disk or a missing folder, 23 no inodes, a read-only disk or a file that went away. */
function uploadError(result: Result, { host, plan }: UploadPart): OpsError {
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
        ? `ops releases ${plan.app} --prune --keep 2 --host ${host.id}`
        : 'the same command again: it continues where this stopped',
      details: { rsync: result.exit },
    },
  );
}

/** An error before the transaction started: nothing was changed. So a connection that went away leaves no doubt here. */
function failedOutcome(told: Told, error: unknown) {
  const known = error instanceof OpsError ? error : new BugError(error instanceof Error ? error.message : String(error), error);
  const lost = known.code === 'outcome-unknown';
  return {
    ...plainOutcome(told, known.exit === 'lock-held' ? 'lock-held' : 'failed'),
    code: lost ? 'connection-lost' : known.code,
    exit: lost ? ('host-silent' as const) : known.exit,
    message: `${known.message}; nothing was changed`,
    hints: lost ? ['the same command again: it continues where this stopped'] : known.hints,
  };
}
