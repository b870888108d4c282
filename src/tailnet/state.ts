import { OpsError } from '../errors.ts';
import type { Peer, TailnetStatus } from './types.ts';

/** A status whose machine is connected to the pinned tailnet. */
export type RunningStatus = TailnetStatus & { suffix: string; self: Peer };

/**
 * Asked before anything else, since `tailscale status --json` exits 0 whatever the state.
 * @throws OpsError with exit not-connected and a code for each way of not being in the pinned tailnet.
 */
export function requireRunning(status: TailnetStatus, pinnedSuffix: string): RunningStatus {
  if (status.backendState !== 'Running') throw notRunning(status.backendState);
  const pinned = pinnedSuffix.toLowerCase().replace(/\.$/, '');
  if (status.suffix !== pinned) throw otherTailnet(status.suffix, pinned);
  const { self } = status;
  if (!self) throw notRunning('NoState');
  return { ...status, suffix: pinned, self };
}

function otherTailnet(found: string | null, pinned: string): OpsError {
  const message = found
    ? `this machine is in the tailnet ${found}; ops.yaml pins ${pinned}`
    : `this machine's tailnet has no MagicDNS name, so it cannot be the pinned ${pinned}`;
  return new OpsError('tailnet-mismatch', 'not-connected', message, {
    hint: found
      ? ['tailscale switch --list', `tailnet: ${found} in ops.yaml, if that is the one you mean`]
      : 'switch MagicDNS on in the DNS page of the admin console',
    details: { found, pinned },
  });
}

/** State names of Go's ipn.State (ipn/backend.go). */
function notRunning(state: string): OpsError {
  const problem = (code: string, message: string, hint: string | readonly string[]) =>
    new OpsError(code, 'not-connected', message, { hint, details: { backendState: state } });
  switch (state) {
    case 'Stopped':
      return problem('tailnet-stopped', 'Tailscale is switched off on this machine', 'tailscale up');
    case 'NeedsLogin':
      return problem('tailnet-logged-out', 'this machine is logged out of its tailnet, or its key has expired', 'tailscale up');
    case 'NeedsMachineAuth':
      return problem(
        'tailnet-approval',
        'this machine waits for approval by an admin of the tailnet',
        'approve it at https://login.tailscale.com/admin/machines',
      );
    case 'InUseOtherUser':
      return problem(
        'tailnet-other-user',
        'Tailscale is in use by another user of this machine',
        'log that user out, or run ops as that user',
      );
    case 'NoState':
    case 'Starting':
      return problem('tailnet-starting', 'Tailscale is still starting on this machine', 'tailscale wait --timeout=30s');
    default:
      return problem('tailnet-not-running', `Tailscale is in the state ${state}`, 'tailscale status');
  }
}
