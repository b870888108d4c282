import { isAtLeast } from '../../exec/version.ts';
import { asRoot } from '../../host/as-root.ts';
import { appIn } from '../../host/facts/apps.ts';
import type { HostFacts } from '../../host/facts/types.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass } from '../finding.ts';
import { parseRsyncVersion } from '../local-tools.ts';
import type { HostView } from '../view.ts';

const SYSTEMD_FLOOR = 247;
const RSYNC_FLOOR = '3.1.0';
const QUOTED = 80;
/** Debian's packages for what may be missing; other systems name them alike. */
const PACKAGES: Readonly<Record<string, string>> = {
  rsync: 'rsync',
  curl: 'curl',
  mv: 'coreutils',
  cp: 'coreutils',
  sync: 'coreutils',
  sha256sum: 'coreutils',
  find: 'findutils',
  setpriv: 'util-linux',
  'systemd-run': 'systemd',
};

interface Problem {
  code: string;
  message: string;
  remedy: string;
}

export const remoteTools: Check = {
  id: 'remote-tools',
  title: 'programs on the host',
  vantage: 'host',
  exit: 'host-not-ready',
  concerns: about.host,
  codes: {
    'tool-missing':
      'The host lacks a program that ops uses there. The remedy names the Debian packages; other systems call them alike.',
    'tool-unfit':
      'A program on the host has the right name but another origin (BusyBox, uutils, openrsync) and does not do what the swap of a release needs. Install the GNU one.',
    'systemd-missing':
      'Deploys run as transient systemd units, which outlive a lost connection. Hosts without systemd cannot be deployed to.',
    'systemd-old':
      'The host’s systemd is older than 247 (Debian 11, Ubuntu 22.04). It lacks what keeps a deploy alive without a connection: upgrade the system.',
    'shell-noise':
      'The login shell of the host prints something on stdout before every command, and rsync takes that for its other end: an upload could only fail. Usually it is an echo in ~/.bashrc (~/.zshenv, config.fish): print in interactive shells only, or on stderr.',
    'program-missing':
      'A service or check of ops.yaml begins with a program that the host does not have, or not where systemd looks: a name without a path is looked for in /usr/local/bin, /usr/bin and the like, and never in the PATH of a login. Install it, or write its whole path.',
    'name-unresolved':
      'A probe that the host itself asks has {host} in it, and nobody there knows its MagicDNS name: it does not resolve it, most likely since it was joined with --accept-dns=false, and `tailscale ip` says no address either. Let it take DNS from the tailnet, or ask 127.0.0.1 in that probe.',
    'lingering-off':
      'With `privilege: none` services are user units, which end with the user’s last login unless lingering is on. An admin switches it on once with `loginctl enable-linger`.',
  },
  async run(view) {
    const facts = await view.privileged();
    const problems = [
      ...missing(view, facts),
      ...unfit(view, facts),
      ...init(view, facts),
      ...noise(facts),
      ...unready(view, facts),
    ];
    const observed = { os: facts.os, systemd: facts.systemd, tools: facts.tools };
    const [first] = problems;
    if (first) {
      return fail(first.code, problems.map(problem => problem.message).join('\n'), {
        remedies: [...new Set(problems.map(problem => problem.remedy))],
        observed,
      });
    }
    return pass(`${facts.os}, systemd ${facts.systemd}, ${shortVersion(facts.tools.rsync)}`, observed);
  },
};

function missing(view: HostView, facts: HostFacts): Problem[] {
  const httpProbes = view.app?.probes.some(probe => probe.kind === 'http' && probe.from === 'host') ?? false;
  const needed = ['rsync', 'mv', 'cp', 'sync', 'sha256sum', 'find', 'systemd-run'];
  if (httpProbes) needed.push('curl');
  if (view.host.privilege !== 'none') needed.push('setpriv');
  const absent = needed.filter(name => !facts.tools[name]);
  if (absent.length === 0) return [];
  const packages = [...new Set(absent.map(name => PACKAGES[name] ?? name))];
  return [
    {
      code: 'tool-missing',
      message: `the host lacks ${absent.join(', ')}`,
      remedy: asRoot(view.host, `apt-get install ${packages.join(' ')}`),
    },
  ];
}

/** Names lie: BusyBox has an `mv` without -T, uutils an `ln -f` that unlinks first. Only what was tried is accepted. */
function unfit(view: HostView, facts: HostFacts): Problem[] {
  const problems: Problem[] = [];
  for (const [name, family] of [
    ['mv', 'GNU coreutils'],
    ['cp', 'GNU coreutils'],
    ['sync', 'GNU coreutils'],
    ['find', 'GNU findutils'],
  ] as const) {
    const version = facts.tools[name];
    if (version && !version.includes(`(${family})`)) {
      problems.push({
        code: 'tool-unfit',
        message: `${name} on the host is not of ${family}: ${version}`,
        remedy: asRoot(view.host, `apt-get install ${PACKAGES[name]}`),
      });
    }
  }
  const rsync = parseRsyncVersion(facts.tools.rsync ?? '');
  if (facts.tools.rsync && (rsync?.kind !== 'rsync' || !isAtLeast(rsync.version, RSYNC_FLOOR))) {
    problems.push({
      code: 'tool-unfit',
      message: `rsync on the host is not fit, 3.1 or newer is needed: ${facts.tools.rsync}`,
      remedy: asRoot(view.host, 'apt-get install rsync'),
    });
  }
  return problems;
}

function init(view: HostView, facts: HostFacts): Problem[] {
  const { user, lingering } = facts.login;
  if (facts.systemd === null)
    return [{ code: 'systemd-missing', message: 'the host does not run systemd', remedy: 'ops explain systemd-missing' }];
  if (facts.systemd < SYSTEMD_FLOOR) {
    return [
      {
        code: 'systemd-old',
        message: `systemd ${facts.systemd} on the host is too old: ${SYSTEMD_FLOOR} or newer is needed`,
        remedy: 'ops explain systemd-old',
      },
    ];
  }
  if (view.host.privilege === 'none' && !lingering) {
    return [
      {
        code: 'lingering-off',
        message: `units of ${user} would end with its last login`,
        remedy: asRoot(view.host, `loginctl enable-linger ${user}`),
      },
    ];
  }
  return [];
}

/** What the app needs there, and only a deploy would come to miss. */
function unready({ app, host }: HostView, facts: HostFacts): Problem[] {
  const { lacks = [], unresolved = [] } = (app && appIn(facts, app)) ?? {};
  return [
    ...lacks.map(word => ({
      code: 'program-missing',
      message: `${app?.id} is started with ${word}, which is not ${word.startsWith('/') ? 'on the host' : 'where systemd looks for programs'}`,
      remedy: `on the host: ${word.startsWith('/') ? 'ls -l' : 'command -v'} ${word}   (install it, or correct its path in ops.yaml)`,
    })),
    ...unresolved.map(name => ({
      code: 'name-unresolved',
      message: `the host does not know where ${name} is, which a probe asks there`,
      remedy: `${asRoot(host, 'tailscale set --accept-dns')}, or 127.0.0.1 in place of {host} in that probe`,
    })),
  ];
}

/** rsync speaks through the login shell, and takes whatever that prints for its other end. */
function noise({ login }: HostFacts): Problem[] {
  if (login.noise === null) return [];
  const printed = login.noise.trim();
  const said = JSON.stringify(printed.length > QUOTED ? `${printed.slice(0, QUOTED)}…` : printed);
  return [
    {
      code: 'shell-noise',
      message: `the login shell of ${login.user} prints ${said} before every command, so rsync cannot work`,
      remedy: 'on the host, at the top of ~/.bashrc: case $- in *i*) ;; *) return ;; esac',
    },
  ];
}

function shortVersion(line: string | null | undefined): string {
  return /^rsync +version \S+/.exec(line ?? '')?.[0].replace(/ +version /, ' ') ?? 'rsync';
}
