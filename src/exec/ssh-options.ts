import { isIP } from 'node:net';
import { quoteCommand } from './quote.ts';
import { TELLS_GREETING, tellsGreeting } from './ssh-greeting.ts';
import { isAtLeast } from './version.ts';

/** How to reach one host: decided by preflight, used for every execution of a run. */
export interface SshTarget {
  /** MagicDNS FQDN: the destination (so that the user's ssh config applies) and the host-key alias. */
  fqdn: string;
  /** Address to dial: the tailnet IP, or what --via says. */
  address: string;
  /** Our own tailnet address that the connection must leave from; null where a proxy or --via carries it. */
  bind: string | null;
  /** `tailscale nc` where there is no TUN device. */
  proxy: readonly string[] | null;
  port: number;
  user: string;
  key: string | null;
  /** Version of the ssh here, null where it could not be read. */
  client: string | null;
  /** Files made for this run. */
  knownHostsFile: string;
  controlPath: string;
}

/** For the connection and the banner together. WireGuard repeats a lost first handshake after 5 s: a fresh node is given that chance. */
const CONNECT_TIMEOUT_S = 8;

/**
 * What every client knows. On the command line it wins over the user's ssh config, which still supplies what leads to keys and
 * agents, and which algorithms are good enough, by the host's FQDN.
 */
const FIXED = [
  'BatchMode=yes',
  `ConnectTimeout=${CONNECT_TIMEOUT_S}`,
  'ConnectionAttempts=1',
  'ServerAliveInterval=15',
  'ServerAliveCountMax=3',
  'StrictHostKeyChecking=yes',
  'GlobalKnownHostsFile=/dev/null',
  'VerifyHostKeyDNS=no',
  'UpdateHostKeys=no',
  'CheckHostIP=no',
  'NoHostAuthenticationForLocalhost=no',
  'CanonicalizeHostname=no',
  // The address is chosen already, of either family.
  'AddressFamily=any',
  'RemoteCommand=none',
  'ProxyJump=none',
  'ProxyUseFdpass=no',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'Tunnel=no',
  'PermitLocalCommand=no',
  'RequestTTY=no',
  'EscapeChar=none',
  // The first SetEnv is the only one. What SendEnv names is sent as well, but ssh has nothing worth sending: environment.ts.
  'SetEnv=LC_ALL=C',
  // rsync compresses what is worth it.
  'Compression=no',
  // The WireGuard tunnel is encrypted already; the post-quantum exchange costs 0.1 s a connection.
  'KexAlgorithms=^curve25519-sha256',
  'LogLevel=INFO',
  'VisualHostKey=no',
];

/**
 * What came later: an older client takes it for an error, and has nothing to switch off. IgnoreUnknown is no way out: on the
 * command line it takes the place of the user's own, so that a config with `IgnoreUnknown UseKeychain` would be refused.
 */
const SINCE: Readonly<Record<string, readonly string[]>> = {
  '8.5': ['KnownHostsCommand=none', 'LogVerbose=none'],
  '8.7': ['SessionType=default', 'StdinNull=no', 'ForkAfterAuthentication=no'],
  '9.6': ['ChannelTimeout=none'],
  // It would speak of KexAlgorithms in every connection.
  '10.1': ['WarnWeakCrypto=no'],
};

/** first: makes the connection that the others share · confirm: has one of its own. */
export type Session = 'first' | 'shared' | 'confirm';

/** All ssh options in one place; of one that is there twice the first counts. HostKeyAlias ignores the port, so one entry serves all sshds of a node. */
export function sshOptions(target: SshTarget, session: Session = 'shared'): string[] {
  const { client } = target;
  const options = [
    ...(session === 'first' && tellsGreeting(client) ? [TELLS_GREETING] : []),
    // Before ProxyJump: of the two the first one counts, and it takes a ProxyJump of `none` for one.
    `ProxyCommand=${target.proxy ? literally(quoteCommand(target.proxy)) : 'none'}`,
    ...FIXED,
    ...Object.entries(SINCE).flatMap(([version, since]) => (client === null || isAtLeast(client, version) ? since : [])),
    `UserKnownHostsFile=${oneWord(target.knownHostsFile)}`,
    `HostName=${target.address}`,
    `HostKeyAlias=${target.fqdn}`,
    `Port=${target.port}`,
  ];
  const bind = target.bind ?? anyAddress(target);
  if (bind) options.push(`BindAddress=${bind}`);
  if (target.key) options.push(`IdentityFile=${oneWord(target.key)}`, 'IdentitiesOnly=yes');
  if (session === 'confirm') options.push('ControlMaster=no', 'ControlPath=none', 'ControlPersist=no');
  else options.push('ControlMaster=auto', `ControlPath=${oneWord(target.controlPath)}`, 'ControlPersist=30');
  // Without -k Kerberos tickets would be handed over to the host; as an option it is noise in a client that has no Kerberos.
  return ['-k', ...options.flatMap(option => ['-o', option])];
}

/** A path in ssh's own syntax: blanks would end it, quotes begin a word, and % be filled in. */
function oneWord(path: string): string {
  return /^[A-Za-z0-9_@+=:,./~-]+$/.test(path) ? path : `"${literally(path).replace(/["\\]/g, '\\$&')}"`;
}

function literally(text: string): string {
  return text.replaceAll('%', '%%');
}

/** With --via a BindAddress of the user's, which is about the tailnet, would be in the way. Of a name the family is not known. */
function anyAddress({ proxy, address }: SshTarget): string | null {
  const family = proxy === null ? isIP(address) : 0;
  return family === 4 ? '0.0.0.0' : family === 6 ? '::' : null;
}
