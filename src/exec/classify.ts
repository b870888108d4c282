import { OpsError } from '../errors.ts';
import { refusedConfig } from './refused-config.ts';
import type { Result } from './runner.ts';

/** ssh's «additional check» prompt: Tailscale and headscale differ in the first word only. The server then waits up to 30 minutes. */
export const INTERACTIVE_CHECK = /requires an additional check/;
const CHECK_URL = /To authenticate, visit:\s*(\S+)/;

interface Rule {
  pattern: RegExp;
  error: (host: string, line: string, stderr: string) => OpsError;
}

/** From the most to the least specific: the first line of stderr that matches decides. */
const RULES: readonly Rule[] = [
  { pattern: INTERACTIVE_CHECK, error: (host, _line, stderr) => interactiveCheck(host, CHECK_URL.exec(stderr)?.[1] ?? null) },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|No \S+ host key is known/,
    error: host =>
      new OpsError('host-key-mismatch', 'identity-mismatch', `${host} shows a host key that is not the pinned one`, {
        hint: `ops hosts pin ${host} --replace   (when the change is yours)`,
      }),
  },
  {
    pattern: /tailscale: tailnet policy does not permit you to SSH/,
    error: (host, line) =>
      new OpsError('ssh-policy', 'ssh-denied', `${host}: ${line.replace(/^tailscale: /, '')}`, {
        hint: 'add an ssh rule for this machine and user to the tailnet policy',
      }),
  },
  {
    pattern: /failed to look up local user/,
    error: (host, line) => new OpsError('ssh-user-missing', 'ssh-denied', `${host}: ${line}`),
  },
  {
    pattern: /This account is currently not available/,
    error: host =>
      new OpsError('ssh-nologin', 'ssh-denied', `${host}: the account has no login shell (nologin), the key itself was accepted`),
  },
  {
    pattern: /Permission denied|Too many authentication failures|no such identity|Load key/,
    error: (host, line) =>
      new OpsError('ssh-denied', 'ssh-denied', `${host} refused the login: ${line}`, {
        hint: `check user, key and auth of ${host} in ops.yaml: ssh-add -l`,
      }),
  },
  {
    pattern: /Cannot assign requested address|bind .*: /,
    error: host =>
      new OpsError(
        'not-our-address',
        'not-connected',
        `the connection to ${host} would not leave from this machine's tailnet address`,
        {
          hint: 'tailscale status',
        },
      ),
  },
  {
    pattern: /Connection refused/,
    error: host => new OpsError('ssh-refused', 'host-silent', `${host} answers, but nothing listens on its ssh port`),
  },
  {
    pattern:
      /Connection timed out|Operation timed out|No route to host|Network is unreachable|Connection reset by peer during key exchange/,
    error: (host, line) =>
      new OpsError('ssh-unreachable', 'host-silent', `${host} did not answer on its ssh port: ${line}`, {
        hint: 'an access rule may close the port while ping works: tailscale ping and the policy tell',
      }),
  },
  {
    pattern: /unix_listener: path .* too long|ControlPath too long/,
    error: (_host, line) => new OpsError('control-path', 'failed', `the ssh control socket has too long a path: ${line}`),
  },
  {
    pattern:
      /sudo: a password is required|doas: Authentication required|is not in the sudoers file|is not allowed to execute|sudo: .* required/,
    error: (host, line) =>
      new OpsError('privilege-denied', 'privilege-denied', `${host}: ${line}`, {
        hint: 'allow the login user to run commands without a password, or set privilege: none',
      }),
  },
];

function interactiveCheck(host: string, url: string | null): OpsError {
  return new OpsError(
    'interactive-check',
    'interactive-check',
    `${host} asks for an additional check in the browser before it lets you in`,
    {
      hint: url ? `open ${url} and run the command again` : `ssh ${host}`,
      details: { url },
    },
  );
}

/**
 * Why an execution on a host gave no answer. ssh's own 255 is never taken for the remote program's status:
 * what no rule explains is «outcome unknown», not «failed».
 */
export function classifyRemoteFailure(result: Result, host: string): OpsError {
  const refused = refusedConfig(result, host);
  if (refused !== null) return refused;
  const lines = result.stderr.split(/\r?\n/);
  for (const rule of RULES) {
    const line = lines.find(candidate => rule.pattern.test(candidate));
    if (line !== undefined) return rule.error(host, line.trim(), result.stderr);
  }
  if (result.reason === 'not-found') return new OpsError('ssh-missing', 'failed', 'ssh is not installed on this machine');
  if (result.reason === 'deadline') {
    return new OpsError('remote-deadline', 'timeout', `${host} gave no answer within ${Math.round(result.durationMs / 1000)} s`);
  }
  if (result.reason === 'canceled') return new OpsError('interrupted', 'interrupted', `interrupted while connected to ${host}`);
  const last = lines.map(line => line.trim()).findLast(line => line !== '');
  return new OpsError('outcome-unknown', 'unknown', `${host} ended without an answer${last ? `: ${last}` : ''}`, {
    details: { exit: result.exit, reason: result.reason },
  });
}
