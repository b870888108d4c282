import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Host, type Lab, startLab, withLab } from '../../lab/index.ts';

const SSH = 'ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=5';

function asDev(operator: Host, command: string) {
  return operator.exec(command, { user: 'dev' });
}

/** Median round trip in ms as the operator's ping sees it. */
async function roundTrip(operator: Host, host: Host): Promise<number> {
  const answer = await operator.must(['ping', '-c', '9', '-i', '0.1', host.ip]);
  const times = [...answer.matchAll(/time=([\d.]+)/g)].map(match => Number(match[1])).sort((a, b) => a - b);
  expect(times).toHaveLength(9);
  return times[4] ?? Number.NaN;
}

describe('a headscale lab', () => {
  let lab: Lab;
  let op: Host;
  let web1: Host;
  let web2: Host;

  beforeAll(async () => {
    lab = await startLab({ hosts: { web1: {}, web2: {} } });
    [op, web1, web2] = [lab.operator, lab.host('web1'), lab.host('web2')];
  });
  afterAll(() => lab?.down());

  test('every machine has joined and is known by its MagicDNS name', async () => {
    for (const host of [web1, web2]) {
      expect(host.fqdn).toBe(`${host.name}.lab.test`);
      expect(host.ip).toMatch(/^100\.64\.0\.\d+$/);
      expect(await op.must(['getent', 'hosts', host.fqdn])).toContain(host.ip);
      expect((await op.peer(host))?.DNSName).toBe(`${host.fqdn}.`);
    }
    expect(await op.must(['tailscale', 'version'])).toMatch(/^1\.102\.3\n/);
    expect(await op.must(['tailscale', 'whois', '--json', op.ip])).toContain('"LoginName": "dev"');
  });

  test("the operator's key opens every login; privilege is what each login promises", async () => {
    const as = async (user: string, command: string) => (await asDev(op, `${SSH} ${user}@web1 '${command}'`)).stdout.trim();
    expect(await as('root', 'id -u')).toBe('0');
    expect(await as('deploy', 'sudo -n id -u')).toBe('0');
    expect(await as('doer', 'doas -n id -u')).toBe('0');
    expect(await as('plain', 'sudo -n id -u 2>&1 || doas -n id -u 2>&1 || systemctl --user is-system-running')).toContain(
      'running',
    );
    expect((await asDev(op, `${SSH} web@web1 true`)).code).toBe(255);
  });

  test('exec reports as the program ended, spawn can kill it, files go in and out', async () => {
    expect(await web1.exec('echo out; echo err >&2; exit 7')).toEqual({
      code: 7,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect((await web1.exec(['cat'], { input: 'given', user: 'plain' })).stdout).toBe('given');
    expect((await web1.exec('sleep 20', { timeoutMs: 300 })).signal).toBe('SIGKILL');
    const running = web1.spawn('sleep 4321 & echo $!; wait');
    await expect.poll(() => running.output().stdout).toMatch(/\d/);
    await running.kill('SIGKILL');
    expect(await running.done).toMatchObject({ code: null, signal: 'SIGKILL' });
    // Its child lives on, as it would after kill -9.
    await web1.must(`kill ${running.output().stdout}`);
    await web1.write('/srv/a b/c.txt', 'content\n', { mode: '0640', owner: 'deploy:deploy' });
    expect(await web1.must(['stat', '-c', '%U %a', '/srv/a b/c.txt'])).toBe('deploy 640\n');
    expect(await web1.read('/srv/a b/c.txt')).toBe('content\n');
    await web1.copyIn('lab/sh', '/srv/sh');
    expect(await web1.must('ls /srv/sh')).toContain('plug.sh');
  });

  test('ssh sessions are counted one by one', async () => {
    const mark = await web1.sshMark();
    expect(await web1.countSessions(mark)).toBe(0);
    await asDev(op, `${SSH} deploy@web1 true; ${SSH} root@web1 true; ${SSH} plain@web1 true`);
    expect(await web1.countSessions(mark)).toBe(3);
  });

  test('delay adds to the round trip what was asked for, and goes away', async () => {
    await op.must(['tailscale', 'ping', '--until-direct', '--c', '10', 'web1']);
    const before = await roundTrip(op, web1);
    await web1.delay(40);
    const added = (await roundTrip(op, web1)) - before;
    expect(added).toBeGreaterThan(39);
    expect(added).toBeLessThan(60); // what a busy machine adds to it
    const path = await op.must(['tailscale', 'ping', '--until-direct', '--c', '10', 'web1']);
    expect(path).toContain(`via ${web1.lan}:`);
    await web1.delay(0);
    expect(await roundTrip(op, web1)).toBeLessThan(30);
  });

  test('slow limits what passes in a second', async () => {
    const upload = async () => {
      const began = performance.now();
      const sent = await asDev(op, `head -c 500000 /dev/urandom | ${SSH} deploy@web1 'wc -c'`);
      expect(sent.stdout.trim()).toBe('500000');
      return performance.now() - began;
    };
    await web1.slow(1000); // 500 kB are 4 Mbit
    const limited = await upload();
    expect(limited).toBeGreaterThan(3000);
    await web1.slow(null);
    expect(await upload()).toBeLessThan(limited - 2000);
  });

  test('relay-only sends every packet through DERP until it is switched off', async () => {
    await web1.relayOnly(true);
    const relayed = await op.exec('tailscale ping --c 4 --timeout 2s web1');
    expect(relayed.stdout).toContain('via DERP(lab)');
    expect(relayed.stdout).not.toContain(web1.lan);
    expect(relayed.code).toBe(1);
    await web1.relayOnly(false);
    expect(await op.must('tailscale ping --c 10 web1')).toContain(`via ${web1.lan}:`);
  });

  test('offline, expired and hidden are three different sights, and each passes', async () => {
    const sight = async () => {
      const peer = await op.peer(web2);
      return peer ? { online: peer.Online, expired: peer.Expired ?? false } : undefined;
    };
    await web2.offline();
    expect(await sight()).toEqual({ online: false, expired: false });
    await web2.online();
    expect(await sight()).toEqual({ online: true, expired: false });

    await web2.expireKey();
    expect(await sight()).toMatchObject({ expired: true });
    expect((await op.exec(['tailscale', 'ping', '--c', '1', 'web2'])).stderr).toContain('node key has expired');
    await web2.renewKey();
    expect(await sight()).toEqual({ online: true, expired: false });

    await web2.hide();
    expect(await sight()).toBeUndefined();
    expect((await op.exec(['getent', 'hosts', web2.fqdn])).code).not.toBe(0);
    expect(await op.peer(web1)).toBeDefined();
    await web2.unhide();
    expect(await op.must(['tailscale', 'ping', '--c', '10', 'web2'])).toContain('pong');
  });

  test('silence: a sleeping host and a dropped peer answer nothing, and refuse nothing', async () => {
    const reach = () => asDev(op, `${SSH} -o ConnectTimeout=2 deploy@web1 true`);
    await web1.fallAsleep();
    expect((await reach()).stderr).toContain('timed out');
    await web1.wakeUp();
    await web1.dropFrom(op);
    expect((await reach()).stderr).toContain('timed out');
    await web1.acceptFrom(op);
    expect((await reach()).code).toBe(0);
  });

  test('cutSsh ends a connection that is open, not the next one', async () => {
    const session = op.spawn(`${SSH} deploy@web1 'echo in; sleep 60'`, { user: 'dev' });
    while (!session.output().stdout.includes('in')) await new Promise(resolve => setTimeout(resolve, 50));
    await web1.cutSsh();
    expect((await session.done).code).toBe(255);
    expect((await asDev(op, `${SSH} deploy@web1 true`)).code).toBe(0);
  });

  test('a small disk runs out of bytes and of inodes, for real', async () => {
    const put = () => web1.exec('head -c 9000 /dev/zero > /srv/small/file');
    await web1.limitDisk('/srv/small', { bytes: 1_000_000 });
    await web1.fillDisk('/srv/small');
    expect((await put()).stderr).toContain('No space left on device');
    await web1.unlimitDisk('/srv/small');
    await web1.limitDisk('/srv/small', { inodes: 3 });
    const files = await web1.exec('cd /srv/small && : > a && : > b && : > c');
    expect(files.stderr).toContain('No space left on device');
    expect(await web1.must('df --output=avail /srv/small | tail -1')).not.toMatch(/^\s*0$/);
    await web1.unlimitDisk('/srv/small');
    expect((await put()).code).toBe(0);
  });

  test('a crash takes every process and keeps every file; a reboot from inside comes back too', async () => {
    await web1.write('/srv/kept', 'yes');
    const before = await web1.must('cat /proc/sys/kernel/random/boot_id /etc/machine-id | tail -1');
    const running = web1.spawn('sleep 1000');
    await web1.crash();
    expect(web1.isRunning()).toBe(false);
    await running.done;
    await web1.boot();
    expect(await web1.read('/srv/kept')).toBe('yes');
    expect(await web1.must('tail -1 /etc/machine-id')).toBe(before);
    expect((await asDev(op, `${SSH} deploy@web1 true`)).code).toBe(0);

    const uptime = () => web1.must(['systemctl', 'show', '--property=UserspaceTimestampMonotonic']);
    const firstBoot = await uptime();
    await web1.exec(['systemctl', 'reboot']);
    await expect
      .poll(async () => (web1.isRunning() ? uptime().catch(() => firstBoot) : firstBoot), { timeout: 60_000 })
      .not.toBe(firstBoot);
    await web1.running();
    await web1.tailnetBack();
  });

  test('nothing in it reaches this machine or the world', async () => {
    const routes = await op.must(['ip', '-4', 'route']);
    expect(routes).toContain('default via 10.77.0.1');
    expect((await op.exec('ping -c 1 -W 1 1.1.1.1')).code).not.toBe(0);
    expect((await op.exec('getent hosts www.example.org')).code).not.toBe(0);
  });
});

describe('a lab of the test control server', () => {
  let lab: Lab;
  let op: Host;
  let web1: Host;

  beforeAll(async () => {
    const operators = { op: {}, ci: { tun: false } };
    lab = await startLab({ control: 'testcontrol', https: true, operators, hosts: { web1: {}, new1: { joined: false } } });
    [op, web1] = [lab.operator, lab.host('web1')];
  });
  afterAll(() => lab?.down());

  test('has another suffix, and a host that never joined', async () => {
    expect(web1.fqdn).toBe('web1.ctl.test');
    expect(await op.must(['getent', 'hosts', 'web1.ctl.test'])).toContain(web1.ip);
    expect(await lab.host('new1').backendState()).toBe('NeedsLogin');
    expect((await op.peers()).map(peer => peer.HostName).sort()).toEqual(['ci', 'web1']);
  });

  test('serves HTTPS with a certificate everybody trusts', async () => {
    await web1.must(['tailscale', 'serve', '--bg', '--https=443', 'text:hello']);
    expect(await op.must(['curl', '-sS', '--max-time', '20', `https://${web1.fqdn}/`])).toBe('hello');
  });

  test('offline and expired are seen at once', async () => {
    await web1.offline();
    expect((await op.peer(web1))?.Online).toBe(false);
    await web1.online();
    await web1.expireKey();
    expect((await op.peer(web1))?.Expired).toBe(true);
    await web1.renewKey();
    expect((await op.exec(['tailscale', 'ping', '--c', '10', 'web1'])).stdout).toContain('pong');
  });

  test('the ssh policy changes live', async () => {
    await web1.must(['tailscale', 'set', '--ssh', '--accept-risk=lose-ssh']);
    const login = () => asDev(op, `${SSH} -o UserKnownHostsFile=/dev/null deploy@web1 id -un`);
    await expect.poll(async () => (await login()).stdout, { timeout: 30_000 }).toBe('deploy\n');
    await lab.testcontrol.setSshPolicy({
      rules: [{ principals: [{ any: true }], sshUsers: { root: 'root' }, action: { accept: true } }],
    });
    await expect
      .poll(async () => (await login()).stderr, { timeout: 30_000 })
      .toContain('tailnet policy does not permit you to SSH as user "deploy"');
    await web1.must(['tailscale', 'set', '--ssh=false', '--accept-risk=lose-ssh']);
  });

  test('an operator without a network device reaches hosts through tailscaled alone', async () => {
    const ci = lab.host('ci');
    expect(JSON.parse(await ci.must('tailscale status --json'))).toMatchObject({ TUN: false });
    expect((await ci.exec(`getent hosts ${web1.ip} ; ping -c 1 -W 1 ${web1.ip}`)).code).not.toBe(0);
    const through = await asDev(ci, `${SSH} -o ProxyCommand='tailscale nc %h %p' root@${web1.ip} hostname`);
    expect(through.stdout).toBe('web1\n');
  });
});

test('two labs run side by side and share nothing but names', async () => {
  await withLab({ hosts: { web1: {} } }, async one => {
    await withLab({ hosts: { web1: {} } }, async other => {
      expect(one.id).not.toBe(other.id);
      const ids = await Promise.all([one, other].map(lab => lab.host('web1').read('/etc/machine-id')));
      expect(ids[0]).not.toBe(ids[1]);
      await other.host('web1').crash();
      expect((await one.operator.exec(['tailscale', 'ping', '--c', '10', 'web1'])).code).toBe(0);
    });
  });
});
