import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, type Running, startLab, withLab } from '../../lab/index.ts';
import type { CheckResult } from '../../src/preflight/result.ts';

interface Shown {
  exit: number | null;
  tookMs: number;
  document: { exit: number; hosts: { host: { id: string }; ready: boolean; durationMs: number; results: CheckResult[] }[] };
  /** `id: code` of what did not pass, skips left out. */
  findings: string[];
  result(id: string, host?: string): CheckResult;
}

const HOME = '/home/dev/site';
const OPS = 'node /opt/ops/bin/dev.js';

interface Site {
  tailnet?: string;
  hosts?: Record<string, Record<string, unknown>>;
  app?: Record<string, unknown>;
}

/** Writes ops.yaml on the operator; JSON is YAML. */
async function configure(lab: Lab, { tailnet = lab.suffix, hosts = { web1: {} }, app }: Site = {}): Promise<void> {
  const key = '/home/dev/.ssh/id_ed25519';
  const config = {
    version: 1,
    tailnet,
    defaults: { user: 'deploy', key },
    hosts,
    ...(app ? { apps: { web: { hosts: Object.keys(hosts), source: '.', user: 'web', ...app } } } : {}),
  };
  await lab.operator.write(`${HOME}/ops.yaml`, JSON.stringify(config), { owner: 'dev:dev' });
  await lab.operator.must(`chown dev:dev ${HOME}`);
}

async function pin(lab: Lab, flags = ''): Promise<void> {
  await lab.operator.must(`${OPS} hosts pin --yes ${flags}`, { user: 'dev', cwd: HOME });
}

async function look(lab: Lab, words = ''): Promise<Shown> {
  const started = performance.now();
  const ended = await lab.operator.exec(`${OPS} preflight --json ${words}`, { user: 'dev', cwd: HOME });
  const tookMs = performance.now() - started;
  const document = JSON.parse(ended.stdout) as Shown['document'];
  const results = document.hosts.flatMap(host => host.results);
  return {
    exit: ended.code,
    tookMs,
    document,
    findings: results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip').map(({ id, code }) => `${id}: ${code}`),
    result: (id, host = document.hosts[0]!.host.id) => results.find(result => result.id === id && result.host === host)!,
  };
}

const SERVICE = { services: { web: { run: 'sleep 1000', user: 'web' } } };

describe('a healthy tailnet', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ hosts: { web1: {}, web2: {} } });
    await configure(lab, { hosts: { web1: {}, web2: {} } });
    await pin(lab);
  });
  afterAll(() => lab?.down());

  test('two hosts pass, each with one remote execution, and nothing of the run is left', async () => {
    await configure(lab, { hosts: { web1: {}, web2: {} }, app: SERVICE });
    const marks = await Promise.all(lab.hosts.map(host => host.sshMark()));
    const shown = await look(lab, '--app web');
    expect(shown.findings).toEqual([]);
    expect(shown.exit).toBe(0);
    expect(shown.document.hosts.map(({ results }) => results.length)).toEqual([18, 18]);
    expect(await Promise.all(lab.hosts.map((host, index) => host.countSessions(marks[index]!)))).toEqual([1, 1]);
    const left = await lab.operator.must('ls -d /run/user/*/ops-* /tmp/ops-* 2>/dev/null; pgrep -a -x ssh; true');
    expect(left).toBe('');
  });

  test.each([
    ['root', { user: 'root', privilege: 'root' }],
    ['doas', { user: 'doer', privilege: 'doas' }],
    ['none, with lingering', { user: 'plain', privilege: 'none' }],
  ])('privilege %s passes', async (_what, host) => {
    await configure(lab, { hosts: { web1: host } });
    const shown = await look(lab);
    expect(shown.findings).toEqual([]);
    expect(shown.exit).toBe(0);
  });

  test('no sudo: the login stands, nothing is guessed about the rest', async () => {
    await configure(lab, { hosts: { web1: { user: 'plain', privilege: 'sudo' } } });
    const shown = await look(lab);
    expect(shown.findings).toEqual(['privilege: privilege-denied']);
    expect(shown.exit).toBe(18);
    expect(shown.result('machine')).toMatchObject({ verdict: 'skip', needs: 'privilege' });
  });

  test('a key that the host does not take', async () => {
    await lab.operator.must("ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/other", { user: 'dev' });
    await configure(lab, { hosts: { web1: { key: '/home/dev/.ssh/other' } } });
    const shown = await look(lab);
    expect(shown.findings).toEqual(['ssh: ssh-denied']);
    expect(shown.exit).toBe(15);
  });

  test('a port where nothing listens', async () => {
    await configure(lab, { hosts: { web1: { port: 2 } } });
    const shown = await look(lab);
    expect(shown.findings).toEqual(['port: ssh-refused']);
    expect(shown.exit).toBe(13);
  });

  test('a full disk, and one without inodes', async () => {
    const web1 = lab.host('web1');
    await configure(lab, { app: SERVICE });
    await web1.limitDisk('/srv', { bytes: 4_000_000 });
    await web1.fillDisk('/srv');
    const full = await look(lab, '--app web');
    expect(full.findings).toEqual(['disk: disk-full']);
    expect(full.result('disk').message).toBe('/srv is 100 % full (0 B left)');
    expect(full.exit).toBe(19);
    await web1.unlimitDisk('/srv');

    await web1.limitDisk('/srv', { inodes: 20 });
    await web1.exec('cd /srv && for i in $(seq 30); do : >$i; done');
    expect((await look(lab, '--app web')).result('disk').message).toMatch(/has used 100 % of its inodes/);
    await web1.unlimitDisk('/srv');
    await web1.must('mount -t tmpfs -o ro,mode=755 lab-disk /srv');
    expect((await look(lab, '--app web')).findings).toEqual(['disk: disk-read-only']);
    await web1.unlimitDisk('/srv');

    await web1.limitDisk('/var/lib/ops', { bytes: 100_000 });
    const notes = await look(lab, '--app web');
    await web1.unlimitDisk('/var/lib/ops');
    await web1.must('rmdir /var/lib/ops');
    expect(notes.findings).toEqual(['disk: disk-full']);
    expect(notes.result('disk').message).toMatch(/^\/var\/lib\/ops has \S+ MB left, and the notes of ops go there$/);

    await web1.must('chattr +i /etc/systemd/system');
    const immutable = await look(lab, '--app web');
    await web1.must('chattr -i /etc/systemd/system');
    expect(immutable.findings).toEqual(['disk: folder-unwritable']);
  });

  test('a folder that the app could change, a current that is no release, and a program that is not there', async () => {
    const web1 = lab.host('web1');
    await configure(lab, { app: SERVICE });
    await web1.must("mkdir -p /srv/web/releases && echo 'app web' >/srv/web/.ops && ln -s /opt /srv/web/current");
    expect((await look(lab, '--app web')).findings).toEqual(['target: current-elsewhere']);
    await web1.must('rm /srv/web/current && chown web /srv/web/releases');
    const open = await look(lab, '--app web');
    await web1.must('rm -r /srv/web');
    expect(open.findings).toEqual(['target: target-unsafe']);
    expect(open.result('target').message).toContain('/srv/web/releases belongs to web, mode 755: ');
    await configure(lab, { app: { services: { web: { run: 'no-such-node server.js', user: 'web' } } } });
    expect((await look(lab, '--app web')).findings).toEqual(['remote-tools: program-missing']);
  });

  test('what stands in the way of an app: a foreign directory, a foreign unit, an alias, a masked one, no unit, no account', async () => {
    const web1 = lab.host('web1');
    await configure(lab, { app: SERVICE });
    await web1.must('mkdir -p /srv/web && echo theirs >/srv/web/index.html');
    expect((await look(lab, '--app web')).findings).toEqual(['target: target-foreign']);
    await web1.must('rm -r /srv/web');

    const unit = '/etc/systemd/system/web.service';
    await web1.write(unit, '[Service]\nExecStart=/bin/sleep 1000\n');
    await web1.must('systemctl daemon-reload');
    expect((await look(lab, '--app web')).findings).toEqual(['units: unit-foreign']);
    await web1.must(`rm ${unit} && systemctl daemon-reload`);

    const other = '/etc/systemd/system/other.service';
    await web1.write(other, '[Service]\nExecStart=/bin/sleep 1000\n[Install]\nAlias=web.service\n');
    await web1.must('systemctl enable other.service');
    expect((await look(lab, '--app web')).findings).toEqual(['units: unit-alias']);
    await web1.must(`systemctl disable other.service && rm ${other} && systemctl daemon-reload`);

    await web1.must('systemctl mask web.service');
    expect((await look(lab, '--app web')).findings).toEqual(['units: unit-masked']);
    await web1.must('systemctl unmask web.service');

    await configure(lab, { app: { ...SERVICE, probes: [{ tcp: '127.0.0.1:3999' }] } });
    await web1.must(
      `systemd-run --quiet --collect --unit=taker node -e "require('node:net').createServer().listen(3999)" && until ss -Hltn 'sport = :3999' | grep -q .; do sleep 0.1; done`,
    );
    const held = await look(lab, '--app web');
    await web1.must('systemctl stop taker');
    expect(held.findings).toEqual(['units: port-held']);
    expect(held.result('units').message).toMatch(/^port 3999, .* is held by process \d+ \(node, taker\.service\)$/);

    await configure(lab, { app: { services: { nginx: {} } } });
    expect((await look(lab, '--app web')).findings).toEqual(['units: unit-missing']);
    await configure(lab, { app: { ...SERVICE, user: 'nobody-here' } });
    const shown = await look(lab, '--app web');
    expect(shown.findings).toEqual(['units: user-missing']);
    expect(shown.exit).toBe(19);
  });

  test('a run that takes the host down holds its apps off, and status tells of it until it is over', async () => {
    const web1 = lab.host('web1');
    await configure(lab, { app: SERVICE });
    const status = async () => {
      const mark = await web1.sshMark();
      const ended = await lab.operator.exec(`${OPS} status`, { user: 'dev', cwd: HOME });
      return { code: ended.code, last: ended.stdout.trimEnd().split('\n').at(-1), sessions: await web1.countSessions(mark) };
    };
    await web1.write('/run/ops/r-7F3K/intent', `by=dana@example.com\nsince=${Math.floor(Date.now() / 1000)}\nmode=forget\n`);
    await web1.write('/run/ops/r-7F3K/progress', 'phase fence\nphase remove\n');
    await web1.must('ln -s r-7F3K /run/ops/last');
    await web1.must("systemd-run -q --collect --unit=ops-host --description='ops host r-7F3K' sleep 600");
    const shown = await look(lab, '--app web');
    expect(shown.findings).toEqual(['lock: lock-held']);
    expect(shown.result('lock').message).toMatch(/^web1 is being changed by dana@example\.com, r-7F3K, for \S+ s: /);
    expect(shown.exit).toBe(20);
    expect(await status()).toMatchObject({
      last: expect.stringMatching(/^web1 {2}forget r-7F3K by \S+ is RUNNING: /),
      sessions: 1,
    });
    await web1.must('systemctl stop ops-host');
    expect((await look(lab, '--app web')).findings).toEqual([]);
    expect(await status()).toMatchObject({ code: 1, last: expect.stringContaining('was INTERRUPTED'), sessions: 1 });
    await web1.must('rm -r /run/ops');
    expect((await status()).last).toMatch(/web\.service is not on this host$/);
  });

  test('a login shell that prints where nobody is at a terminal; on stderr it harms nobody', async () => {
    const web1 = lab.host('web1');
    const rc = '/home/deploy/.bashrc';
    await configure(lab);
    const before = await web1.must(`cat ${rc} 2>/dev/null || true`);
    await web1.write(rc, 'echo careful, please >&2\n', { owner: 'deploy:deploy' });
    expect((await look(lab)).findings).toEqual([]);
    await web1.write(rc, 'echo; echo Welcome to web1\n', { owner: 'deploy:deploy' });
    const shown = await look(lab);
    await web1.write(rc, before, { owner: 'deploy:deploy' });
    expect(shown.findings).toEqual(['remote-tools: shell-noise']);
    expect(shown.result('remote-tools').message).toContain('the login shell of deploy prints "Welcome to web1"');
    expect(shown.exit).toBe(19);
  });

  test.each([
    ['a line', 'read -r line\n'],
    ['some bytes', 'head -c 40 >/dev/null\n'],
    ['everything', 'cat >/dev/null\n'],
  ])('a login shell that reads %s of what is sent to it: nothing runs', async (_, reads) => {
    const web1 = lab.host('web1');
    const rc = '/home/deploy/.bashrc';
    await configure(lab);
    const before = await web1.must(`cat ${rc} 2>/dev/null || true`);
    await web1.write(rc, reads, { owner: 'deploy:deploy' });
    const shown = await look(lab);
    await web1.write(rc, before, { owner: 'deploy:deploy' });
    expect([shown.exit, shown.findings]).toEqual([19, ['ssh: stdin-read']]);
  });

  test('a login shell that hangs, whatever is sent to it: limit and Ctrl-C hold, and nothing is left here, after kill -9 neither', async () => {
    const web1 = lab.host('web1');
    const rc = '/home/deploy/.bashrc';
    await configure(lab);
    const before = await web1.must(`cat ${rc} 2>/dev/null || true`);
    await web1.write(rc, "trap '' HUP TERM INT PIPE; while :; do sleep 100; done\n", { owner: 'deploy:deploy' });
    const left = () => lab.operator.must('ls -d /run/user/*/ops-* /tmp/ops-* 2>/dev/null; pgrep -a -x ssh; true');
    const begin = async () => {
      const running = lab.operator.spawn(`exec ${OPS} preflight`, { user: 'dev', cwd: HOME });
      // The mark of a connection that is shared, and so of a login that has come about.
      await expect.poll(left, { timeout: 60_000 }).toContain('[mux]');
      return running;
    };
    const ended = async (running: Running) => {
      const at = performance.now();
      return { code: (await running.done).code, atOnce: performance.now() - at < 3_000 };
    };
    try {
      const once = await begin();
      await once.kill('SIGINT');
      expect(await ended(once)).toEqual({ code: 130, atOnce: true });
      expect(await left()).toBe('');

      const twice = await begin();
      await Promise.all([twice.kill('SIGINT'), twice.kill('SIGTERM')]);
      expect((await ended(twice)).atOnce).toBe(true);
      expect(await left()).toBe('');

      const killed = await begin();
      await killed.kill('SIGKILL');
      await killed.done;
      expect(await left()).toMatch(/ops-.*\[mux\]/s);
      const limited = await lab.operator.exec(`${OPS} preflight`, { user: 'dev', cwd: HOME });
      expect(limited.code).toBe(40);
      expect(limited.stderr).toContain('  … Asking web1   15.0 s\n');
      expect(await left()).toBe('');
    } finally {
      await web1.write(rc, before, { owner: 'deploy:deploy' });
      await web1.must('pkill -9 -u deploy; true');
    }
  });

  test('a login that comes to nothing has a name, and nothing is unknown: nothing was run', async () => {
    const web1 = lab.host('web1');
    const keys = '/home/deploy/.ssh/authorized_keys';
    const key = await web1.read(keys);
    const forced = (command: string) => () =>
      web1.write(keys, `command="${command}" ${key}`, { owner: 'deploy:deploy', mode: '0600' });
    const troubles: [string, () => Promise<unknown>][] = [
      ['password-expired', () => web1.must('chage -d 0 deploy')],
      ['account-expired', () => web1.must('chage -E 0 deploy')],
      [
        'logins-closed',
        () => web1.write('/run/nologin', 'Unprivileged users are not permitted to log in. See pam_nologin(8).\n'),
      ],
      ['login-closed', () => web1.write('/run/nologin', '')],
      ['ssh-nologin', () => web1.must('usermod -s /usr/sbin/nologin deploy')],
      ['login-restricted', forced('internal-sftp')],
      ['login-ended', forced('echo backup done')],
      ['login-ended', () => web1.write('/home/deploy/.bashrc', 'echo hello; exit 0\n', { owner: 'deploy:deploy' })],
      ['key-unusable', () => configure(lab, { hosts: { web1: { key: '/home/dev/.ssh/gone' } } })],
    ];
    // What a Banner says is no reason for anything.
    await web1.write('/etc/ssh/banner', 'Permission denied to all but staff. Connection refused.\n');
    await web1.write('/etc/ssh/sshd_config.d/banner.conf', 'Banner /etc/ssh/banner\n');
    await web1.must('systemctl reload ssh');
    const found: unknown[] = [];
    for (const [, make] of troubles) {
      await configure(lab);
      await make();
      const { exit, findings } = await look(lab);
      found.push([exit, findings]);
      await web1.must(
        `chage -d "$(date +%F)" -E -1 deploy; rm -f /run/nologin /home/deploy/.bashrc; usermod -s /bin/bash deploy`,
      );
      await web1.write(keys, key, { owner: 'deploy:deploy', mode: '0600' });
    }
    await web1.must('rm /etc/ssh/sshd_config.d/banner.conf /etc/ssh/banner && systemctl reload ssh');
    expect(found).toEqual(troubles.map(([code]) => [code === 'key-unusable' ? 14 : 15, [`ssh: ${code}`]]));
  });

  test('no connection is left without a login, which sshd would count against this machine', async () => {
    const web1 = lab.host('web1');
    await configure(lab);
    const mark = await web1.sshMark();
    expect((await look(lab)).findings).toEqual([]);
    await web1.must('journalctl --sync');
    const log = await web1.must(`journalctl --identifier=sshd --output=cat --after-cursor='${mark}' --quiet`);
    expect(log).toContain('Accepted publickey for deploy');
    expect(log).not.toMatch(/(closed|reset|disconnect).*\[preauth\]/i);
  });

  test('a clock that is wrong', async () => {
    const web1 = lab.host('web1');
    await configure(lab);
    // Hosts of the lab share the kernel's clock; its reader lies instead.
    await web1.write('/usr/local/sbin/date', '#!/bin/sh\nexec /usr/bin/date -d "-1 minute" "$@"\n', { mode: '0755' });
    const shown = await look(lab);
    expect(shown.findings).toEqual(['clock: clock-skew']);
    expect(shown.result('clock').message).toMatch(/^its clock is (59\.\d|60|1 min 0) s behind this machine's$/);
    expect(shown.exit).toBe(0);
    await web1.must('rm /usr/local/sbin/date');
  });

  test('a route that does not start at our tailnet address: nothing is sent there', async () => {
    const { operator } = lab;
    const web1 = lab.host('web1');
    await configure(lab);
    await operator.must(['tailscale', 'set', '--netfilter-mode=off']);
    await operator.must(`ip rule add to ${web1.ip} lookup 99 priority 100 && ip route add ${web1.ip} via ${web1.lan} table 99`);
    const mark = await web1.sshMark();
    try {
      const shown = await look(lab);
      expect(shown.findings.at(-1)).toBe('port: not-our-address');
      expect(shown.exit).toBe(11);
      expect(await web1.countSessions(mark)).toBe(0);
    } finally {
      await operator.must('ip rule del priority 100 && tailscale set --netfilter-mode=on');
    }
  });

  test('--via goes another way to the same host, and to no other', async () => {
    await configure(lab);
    const shown = await look(lab, `--via ${lab.host('web1').lan}`);
    expect(shown.findings).toEqual([]);
    expect(shown.exit).toBe(0);
    const other = await look(lab, `--via ${lab.host('web2').lan}`);
    expect(other.findings).toEqual(['host-key: host-key-mismatch']);
    expect(other.exit).toBe(17);
  });

  test('another tailnet than the pinned one; a name that is not there', async () => {
    await configure(lab, { tailnet: 'other.test' });
    const shown = await look(lab);
    expect(shown.findings).toEqual(['tailnet: tailnet-mismatch']);
    expect(shown.exit).toBe(11);

    await configure(lab, { hosts: { web3: {} } });
    const unknown = await look(lab);
    expect(unknown.exit).toBe(12);
    expect(unknown.result('peer').message).toContain('Nearest names here: web1, web2.');
  });

  test('a host key that was made anew is refused until it is pinned again', async () => {
    const web1 = lab.host('web1');
    await configure(lab);
    await web1.must('rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh');
    const shown = await look(lab);
    expect(shown.findings).toEqual(['host-key: host-key-mismatch']);
    expect(shown.result('host-key').message).toMatch(/other host key: pinned .*SHA256:.* shown .*SHA256:/);
    expect(shown.result('ssh')).toMatchObject({ verdict: 'skip', needs: 'host-key' });
    expect(shown.exit).toBe(17);
    await pin(lab, 'web1 --replace');
    expect((await look(lab)).exit).toBe(0);
  });

  test('another machine behind the same node and keys', async () => {
    const web1 = lab.host('web1');
    await configure(lab);
    const id = await web1.read('/etc/machine-id');
    await web1.write('/etc/machine-id', `${'c0ffee'.repeat(5)}00\n`, { mode: '0444' });
    const shown = await look(lab);
    expect(shown.findings).toEqual(['machine: pin-changed']);
    expect(shown.exit).toBe(17);
    await web1.write('/etc/machine-id', id, { mode: '0444' });
  });

  test('only a relay: a warning, not a stop', async () => {
    const web1 = lab.host('web1');
    await configure(lab);
    await web1.relayOnly(true);
    await expect.poll(async () => (await look(lab)).findings, { timeout: 30_000 }).toEqual(['path: path-relayed']);
    const shown = await look(lab);
    expect(shown.exit).toBe(0);
    await web1.relayOnly(false);
  });

  test('Ctrl-C while a host is silent ends at once and leaves nothing', async () => {
    const web2 = lab.host('web2');
    await configure(lab, { hosts: { web2: {} } });
    await web2.fallAsleep();
    const running = lab.operator.spawn(`exec ${OPS} preflight`, { user: 'dev', cwd: HOME });
    await expect.poll(() => lab.operator.must('pgrep -x ssh; true'), { timeout: 10_000 }).not.toBe('');
    const pressed = performance.now();
    await running.kill('SIGINT');
    expect((await running.done).code).toBe(130);
    expect(performance.now() - pressed).toBeLessThan(2_000);
    expect(await lab.operator.must('ls -d /run/user/*/ops-* /tmp/ops-* 2>/dev/null; pgrep -x ssh; true')).toBe('');
    await web2.wakeUp();
  });

  test('hidden by an access rule: told apart from nothing, and never as simply wrong', async () => {
    const web2 = lab.host('web2');
    await configure(lab, { hosts: { web2: {} } });
    await web2.hide();
    const shown = await look(lab);
    expect(shown.result('peer').message).toContain('an access rule hides it');
    expect(shown.exit).toBe(12);
    await web2.unhide();
  });

  test('fell asleep a moment ago: still online for the control server, and given up within seconds', async () => {
    const web2 = lab.host('web2');
    await configure(lab, { hosts: { web2: {} } });
    await web2.fallAsleep();
    const shown = await look(lab);
    await web2.wakeUp();
    expect(shown.exit).toBe(13);
    expect(shown.findings).toEqual(['path: path-no-reply', 'port: ssh-timeout']);
    expect(shown.document.hosts[0]?.durationMs).toBeLessThan(11_000);
  });

  test('offline, and expired: known at once, without dialling', async () => {
    const web2 = lab.host('web2');
    await configure(lab, { hosts: { web1: {}, web2: {} } });
    await web2.offline();
    const offline = await look(lab);
    expect(offline.findings).toEqual(['peer: peer-offline']);
    expect(offline.document.hosts.map(({ ready }) => ready)).toEqual([true, false]);
    expect(offline.exit).toBe(13);
    expect(offline.document.hosts[1]?.durationMs).toBeLessThan(2_000);
    await web2.online();

    await web2.expireKey();
    const expired = await look(lab);
    expect(expired.findings).toEqual(['expiry: peer-expired']);
    expect(expired.exit).toBe(13);
    await web2.renewKey();
  });

  test('this machine switched off, and its daemon stopped', async () => {
    const { operator } = lab;
    await configure(lab);
    await operator.must(['tailscale', 'down']);
    const down = await look(lab);
    expect(down.findings).toEqual(['tailnet: tailnet-stopped']);
    expect(down.exit).toBe(11);
    await operator.must(['systemctl', 'stop', 'tailscaled']);
    const stopped = await look(lab);
    expect(stopped.findings).toEqual(['tailnet: daemon-down']);
    expect(stopped.exit).toBe(10);
  });
});

describe('Tailscale SSH', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ hosts: { web1: {} } });
    await lab.host('web1').must(['tailscale', 'set', '--ssh']);
    await lab.operator.must('until tailscale status --json | grep -q sshHostKeys; do sleep 0.1; done');
    await configure(lab, { hosts: { web1: { auth: 'tailscale_ssh' } } });
    await pin(lab);
  });
  afterAll(() => lab?.down());

  const ssh = (action: 'accept' | 'check', users: string[]) => ({
    ...lab.headscale.openPolicy(),
    ssh: [{ action, src: ['dev@'], dst: ['tag:server'], users }],
  });

  test('passes, and says who it is although there is no SSH_CONNECTION', async () => {
    const shown = await look(lab);
    expect(shown.findings).toEqual([]);
    expect(shown.result('ssh')).toMatchObject({ verdict: 'pass', observed: { auth: 'tailscale_ssh', who: { kind: 'user' } } });
  });

  test('does not pass for a login with keys', async () => {
    await configure(lab, { hosts: { web1: { auth: 'keys' } } });
    const shown = await look(lab);
    expect(shown.findings).toEqual(['ssh: auth-mode']);
    expect(shown.exit).toBe(15);
  });

  test('a policy that lets nobody in as this user', async () => {
    await configure(lab, { hosts: { web1: { auth: 'tailscale_ssh' } } });
    await lab.headscale.setPolicy(ssh('accept', ['nobody-here']));
    const shown = await look(lab);
    expect(shown.findings).toEqual(['ssh: ssh-policy']);
    expect(shown.exit).toBe(15);
  });

  test('check mode: the prompt is ended at once, and its address shown', async () => {
    await lab.headscale.setPolicy(ssh('check', ['root', 'autogroup:nonroot']));
    const shown = await look(lab);
    expect(shown.findings).toEqual(['ssh: interactive-check']);
    expect(shown.exit).toBe(16);
    expect(shown.result('ssh').observed).toEqual({ url: expect.stringMatching(/^http:\/\/10\.77\.0\.2:8080\//) });
    expect(shown.tookMs).toBeLessThan(15_000);
    expect(await lab.operator.must('pgrep -a -x ssh; true')).toBe('');
  });
});

test('without a TUN device tailscaled carries the connection to a pinned host', async () => {
  await withLab({ hosts: { web1: {} } }, async lab => {
    const { operator } = lab;
    const web1 = lab.host('web1');
    await configure(lab);
    await pin(lab);
    const start = (await operator.must(['systemctl', 'cat', 'tailscaled'])).match(/^ExecStart=(.*)$/m)?.[1] ?? '';
    const dropIn = '/etc/systemd/system/tailscaled.service.d/userspace.conf';
    await operator.write(dropIn, `[Service]\nExecStart=\nExecStart=${start} --tun=userspace-networking\n`);
    await operator.must('systemctl daemon-reload && systemctl restart tailscaled');
    await operator.tailnetBack();
    await operator.sees(web1, peer => peer?.Online === true);

    const shown = await look(lab);
    expect(shown.findings).toEqual([]);
    expect(shown.result('port').message).toContain('through tailscale nc');
    expect(shown.exit).toBe(0);

    // The same address on a LAN, where something else answers: tailscaled never goes there.
    await operator.must(`ip route add ${web1.ip} via ${web1.lan}`);
    expect((await look(lab)).exit).toBe(0);

    // And an unpinned host has no keys to trust.
    await operator.must(`rm ${HOME}/ops.pins`);
    const unpinned = await operator.exec(`${OPS} hosts pin --yes --json`, { user: 'dev', cwd: HOME });
    expect(JSON.parse(unpinned.stdout)).toMatchObject({ error: { code: 'keys-unproved' } });
    expect(unpinned.code).toBe(17);
  });
});
