/*
 * The environment of every program that ops starts on this machine. What is not named here does not get in: what a shell, a
 * git hook or a CI job happens to have set (GIT_DIR, TAR_OPTIONS, RSYNC_*, LANG, secrets of the app) decides nothing.
 */

interface Environment {
  /** Handed on as the person has them. */
  passed: readonly string[];
  /** Chosen here. */
  set: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string | undefined>>;

const WHO = ['PATH', 'USER', 'LOGNAME'];
/** Messages are parsed, and numbers too. */
const SPEAKS = { LC_ALL: 'C' };
/**
 * What the person's ssh configuration needs to mean what it means for them: agents and keys, the programs that ask a hardware key,
 * what shows that such a key waits for a touch, a Kerberos ticket, the shell of `Match exec`, and what is usual in `${…}`.
 */
const SSH = [
  ...['SSH_AUTH_SOCK', 'SSH_SK_PROVIDER', 'SSH_SK_HELPER', 'SSH_PKCS11_HELPER', 'KRB5CCNAME'],
  ...['SSH_ASKPASS', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY'],
  ...['SHELL', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME'],
];
/** The person's own git configuration applies; these are for what it may fetch: a partial clone's objects, files of git-lfs. */
const GIT = [
  ...['HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'TMPDIR', 'SSH_AUTH_SOCK', 'DBUS_SESSION_BUS_ADDRESS'],
  ...['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR'],
];

const ENVIRONMENTS = {
  ssh: { passed: [...WHO, 'HOME', ...SSH], set: SPEAKS },
  // Without HOME, where rsync looks for ~/.popt, whose aliases are options for it. Its ssh gets it back: withHome.
  rsync: { passed: [...WHO, ...SSH], set: SPEAKS },
  'ssh-keyscan': { passed: WHO, set: SPEAKS },
  tailscale: { passed: [...WHO, 'HOME'], set: SPEAKS },
  git: {
    passed: [...WHO, ...GIT],
    // A replaced object and the attributes of a machine would make something else of a commit than what its id says.
    set: {
      ...SPEAKS,
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
    },
  },
  // Names in an archive are UTF-8. In the locale C bsdtar says that it cannot convert them, and GNU tar leaves them alone in both.
  tar: { passed: ['PATH'], set: { LC_ALL: 'C.UTF-8' } },
  /** `hosts: local`: what a login there has. */
  host: {
    passed: [...WHO, 'HOME', 'SHELL', 'SSH_CONNECTION', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'],
    set: SPEAKS,
  },
} satisfies Record<string, Environment>;

/** A program on this machine, by its row; a shell or sudo on a host that is this machine is `host`. */
export type LocalProgram = keyof typeof ENVIRONMENTS;

/** What macOS needs besides: its Tailscale app guesses from TERM and SHLVL whether it is a CLI, wrongly under CI and launchd. */
const ON_MACOS: Partial<Record<LocalProgram, Readonly<Record<string, string>>>> = {
  tailscale: { TAILSCALE_BE_CLI: '1' },
  // These start tailscale as their ProxyCommand.
  ssh: { TAILSCALE_BE_CLI: '1' },
  rsync: { TAILSCALE_BE_CLI: '1' },
  // Not every version has C.UTF-8.
  tar: { LC_ALL: 'en_US.UTF-8' },
};

/** All that `program` finds in its environment. */
export function environmentOf(
  program: LocalProgram,
  own: Variables = process.env,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const { passed, set }: Environment = ENVIRONMENTS[program];
  const handedOn = passed.flatMap(name => (own[name] === undefined ? [] : [[name, own[name]] as const]));
  return { ...Object.fromEntries(handedOn), ...set, ...(platform === 'darwin' ? ON_MACOS[program] : {}) };
}

/** A command that rsync starts, with the HOME that rsync itself goes without. */
export function withHome(words: readonly string[], own: Variables = process.env): readonly string[] {
  return own.HOME === undefined ? words : ['env', `HOME=${own.HOME}`, ...words];
}
