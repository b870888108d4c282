import { OpsError } from '../errors.ts';
import type { Result } from '../exec/runner.ts';

/** Texts of tailscale 1.102 (cmd/tailscale/cli/diag.go, client/local/local.go) and of the macOS app. */
const DOWN =
  /doesn't appear to be running|is Tailscale running\?|is the Tailscale service running\?|not running\?|service not running|connection refused|no such file or directory|The Tailscale GUI failed to start/i;
const STUCK = /which appears to be running as .*pid \d+/i;
const DENIED = /access denied|permission denied/i;

/** Why `tailscale status --json` gave no status: always an error, since the command exits 0 in every state of a live daemon. */
export function daemonProblem(result: Result, platform: NodeJS.Platform): OpsError {
  const said = `${result.stderr}\n${result.stdout}`;
  const details = { exit: result.exit, reason: result.reason, said: firstLine(said) };
  const start = platform === 'darwin' ? 'open -a Tailscale' : 'sudo systemctl start tailscaled';
  const restart =
    platform === 'darwin' ? 'quit Tailscale and start it again: open -a Tailscale' : 'sudo systemctl restart tailscaled';
  // Before the next one: the text of a socket that may not be opened also says that tailscaled appears to be running.
  if (DENIED.test(said)) {
    return new OpsError('daemon-denied', 'tailscale-missing', "this user may not open tailscaled's socket", {
      hint: 'ls -ld /run/tailscale /run/tailscale/tailscaled.sock (usually 0755 and 0666)',
      details,
    });
  }
  if (result.reason === 'deadline' || STUCK.test(said)) {
    return new OpsError('daemon-silent', 'tailscale-missing', 'tailscaled runs but does not answer', { hint: restart, details });
  }
  const why = DOWN.test(said) || details.said === '' ? '' : `: ${details.said}`;
  return new OpsError('daemon-down', 'tailscale-missing', `tailscaled does not run on this machine${why}`, {
    hint: start,
    details,
  });
}

function firstLine(text: string): string {
  const lines = text.split('\n').map(line => line.trim());
  return lines.find(line => line !== '' && !line.startsWith('Warning: client version')) ?? '';
}
