import { OpsError } from '../errors.ts';
import { BrowserCheck, checkUrlIn, INTERACTIVE_CHECK } from './browser-check.ts';
import { loginEnded, loginTrouble, refusedLogin } from './login-trouble.ts';
import { refusedConfig } from './refused-config.ts';
import type { Result } from './runner.ts';
import { NOT_NOW, noSshServer, turnedAway } from './turned-away.ts';

interface Rule {
  pattern: RegExp;
  error: (host: string, line: string, stderr: string) => OpsError;
}

/** From the most to the least specific. Whole beginnings of lines, where ssh speaks: a Banner of the host may say anything. */
const RULES: readonly Rule[] = [
  { pattern: INTERACTIVE_CHECK, error: (host, _line, stderr) => new BrowserCheck(host, checkUrlIn(stderr)) },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|^Host key verification failed|^No \S+ host key is known/,
    error: host =>
      new OpsError('host-key-mismatch', 'identity-mismatch', `${host} shows a host key that is not the pinned one`, {
        hint: `ops hosts pin ${host} --replace   (when the change is yours)`,
      }),
  },
  {
    pattern: /^tailscale: tailnet policy does not permit you to SSH/,
    error: (host, line) =>
      new OpsError('ssh-policy', 'ssh-denied', `${host}: ${line.replace(/^tailscale: /, '')}`, {
        hint: 'add an ssh rule for this machine and user to the tailnet policy',
      }),
  },
  {
    pattern: /^failed to look up local user/,
    error: (host, line) => new OpsError('ssh-user-missing', 'ssh-denied', `${host}: ${line}`),
  },
  {
    pattern: /^bind \S+: /,
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
    pattern: /^ssh: connect to host .*: Connection refused/,
    error: host => new OpsError('ssh-refused', 'host-silent', `${host} answers, but nothing listens on its ssh port`),
  },
  {
    pattern:
      /^ssh: connect to host .* timed out|^Connection timed out during banner exchange|^Connection to \S+ port \d+ timed out/,
    error: (host, line) => unreachable('ssh-timeout', host, line),
  },
  // The second is of `tailscale nc`.
  { pattern: /^ssh: connect to host |^Dial\(/, error: (host, line) => unreachable('ssh-unreachable', host, line) },
  {
    pattern: /^banner exchange: .*: invalid format|^kex_exchange_identification: banner line contains invalid characters/,
    error: host => noSshServer(host),
  },
  {
    pattern: /^(?:kex|ssh)_exchange_identification: (?:Connection closed|read: Connection reset)/,
    error: (host, _line, stderr) => {
      const said = /^kex_exchange_identification: banner line \d+: (.+)$/m.exec(stderr)?.[1] ?? '';
      return said === '' || NOT_NOW.test(said) ? turnedAway(host, said) : noSshServer(host);
    },
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

function unreachable(code: string, host: string, line: string): OpsError {
  return new OpsError(code, 'host-silent', `${host} did not answer on its ssh port: ${line}`, {
    hint: 'an access rule may close the port while ping works: tailscale ping and the policy tell',
  });
}

/**
 * Why an execution on a host gave no answer. ssh's own 255 is never taken for the remote program's status:
 * what no rule explains is «outcome unknown», not «failed».
 */
export function classifyRemoteFailure(result: Result, host: string): OpsError {
  const known = refusedConfig(result, host) ?? explained(result, host) ?? refusedLogin(result, host);
  if (known !== null) return known;
  if (result.reason === 'not-found') return new OpsError('ssh-missing', 'failed', 'ssh is not installed on this machine');
  if (result.reason === 'deadline') {
    return new OpsError('remote-deadline', 'timeout', `${host} gave no answer within ${Math.round(result.durationMs / 1000)} s`);
  }
  if (result.reason === 'too-much') return saidTooMuch(host, 'it may');
  if (result.reason === 'canceled') return new OpsError('interrupted', 'interrupted', `interrupted while connected to ${host}`);
  return new OpsError('outcome-unknown', 'unknown', `${host} ended without an answer${lastWords(result)}`, {
    details: { exit: result.exit, reason: result.reason },
  });
}

/** No host is trusted to stop by itself. What was begun there may go on. */
export function saidTooMuch(host: string, limit: string): OpsError {
  return new OpsError('said-too-much', 'unknown', `${host} said more than ${limit}, and was not listened to any longer`, {
    hint: 'ops explain said-too-much',
  });
}

/** The same for what only looked: whatever the end was, nothing was changed, so that nothing is unknown but the reason. */
export function classifyFailedLook(result: Result, host: string): OpsError {
  const error = loginTrouble(result, host) ?? classifyRemoteFailure(result, host);
  if (error.code !== 'outcome-unknown') return error;
  return (
    loginEnded(result, host) ??
    new OpsError('connection-lost', 'host-silent', `the connection to ${host} ended before it had answered${lastWords(result)}`, {
      hint: 'the same command again: nothing was changed',
      details: error.details,
    })
  );
}

/** The first line of stderr that the most specific rule matches decides. */
function explained({ stderr }: Result, host: string): OpsError | null {
  const lines = stderr.split(/\r?\n/);
  for (const rule of RULES) {
    const line = lines.find(candidate => rule.pattern.test(candidate));
    if (line !== undefined) return rule.error(host, line.trim(), stderr);
  }
  return null;
}

function lastWords({ stderr }: Result): string {
  const last = stderr
    .split(/\r?\n/)
    .map(line => line.trim())
    .findLast(line => line !== '');
  return last === undefined ? '' : `: ${last}`;
}
