import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab, withLab } from '../../lab/index.ts';
import { netcatCommand } from '../../src/tailnet/cli.ts';
import { knownHosts } from '../../src/tailnet/known-hosts.ts';
import type { PinProposal } from '../../src/tailnet/trust.ts';
import type { Pin } from '../../src/tailnet/types.ts';
import type { Question, View } from './tailnet-view.ts';

async function look(lab: Lab, question: Partial<Question> & Pick<Question, 'hosts'>): Promise<View> {
  const input = JSON.stringify({ suffix: lab.suffix, pins: [], ...question });
  return JSON.parse(await lab.operator.must('node /opt/ops/test/lab/tailnet-view.ts', { user: 'dev', input })) as View;
}

const STRICT = '-o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/tmp/known';

const onPort = (port: number, ...names: string[]) => names.map(name => ({ id: name, name, port }));
const pinsOf = (view: View) =>
  Object.values(view.proposals).flatMap((proposal): Pin[] => ('pin' in proposal ? [proposal.pin] : []));
const rowOf = (view: View, id: string) => view.rows.find(row => row.id === id);

describe('a healthy tailnet', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ hosts: { web1: {}, web2: {} } });
  });
  afterAll(() => lab?.down());

  test('finds hosts by every spelling, on a direct path, without the second that tailscale ping sleeps', async () => {
    const names = ['web1', 'WEB1.lab.test.', lab.host('web1').ip];
    await look(lab, { hosts: onPort(22, 'web1') });
    const view = await look(lab, { hosts: names.map(name => ({ id: name, name, port: 22 })) });
    expect(view.problem).toBeNull();
    for (const row of view.rows) {
      expect(row).toMatchObject({
        fqdn: 'web1.lab.test',
        online: true,
        pin: 'missing',
        path: { ok: true, path: { kind: 'direct' } },
      });
    }
    expect(view.tookMs).toBeLessThan(1_000);
  });

  test('first pins come from a scan over the tailnet, and ssh accepts them', async () => {
    const view = await look(lab, { hosts: onPort(22, 'web1', 'web2') });
    expect(view.proposals).toMatchObject({ web1: { state: 'new', source: 'scan' }, web2: { state: 'new', source: 'scan' } });
    expect(pinsOf(view)).toHaveLength(2);
    await lab.operator.write('/tmp/known', knownHosts(pinsOf(view)));
    expect(
      await lab.operator.must(`ssh ${STRICT} -o HostKeyAlias=web1.lab.test deploy@${lab.host('web1').ip} echo in`, {
        user: 'dev',
      }),
    ).toBe('in\n');
    const swapped = await lab.operator.exec(`ssh ${STRICT} -o HostKeyAlias=web2.lab.test deploy@${lab.host('web1').ip} echo in`, {
      user: 'dev',
    });
    expect(swapped.stderr).toContain('Host key verification failed');
  });

  test('a pin that holds is «same»; the pin of another host is «changed», with every difference', async () => {
    const first = pinsOf(await look(lab, { hosts: onPort(22, 'web1', 'web2') }));
    const again = await look(lab, { hosts: onPort(22, 'web1'), pins: first });
    expect(again.proposals).toMatchObject({ web1: { state: 'same', differences: [] } });
    expect(rowOf(again, 'web1')?.pin).toBe('pinned');

    const [web1, web2] = first;
    const swapped: Pin[] = [{ ...web2!, fqdn: web1!.fqdn }];
    const view = await look(lab, { hosts: onPort(22, 'web1'), pins: swapped });
    const { state, differences } = view.proposals.web1 as PinProposal;
    expect([state, ...differences.map(difference => difference.kind)]).toEqual(['changed', 'node', 'key', 'key']);
    expect(rowOf(view, 'web1')?.findings).toMatchObject([{ code: 'pin-changed' }]);
  });

  test('Tailscale SSH: the control server vouches for the keys, and the pin of the sshd still holds', async () => {
    const web2 = lab.host('web2');
    const before = pinsOf(await look(lab, { hosts: onPort(22, 'web2') }));
    await web2.must(['tailscale', 'set', '--ssh']);
    try {
      await lab.operator.must('until tailscale status --json | grep -q sshHostKeys; do sleep 0.1; done');
      const view = await look(lab, { hosts: onPort(22, 'web2'), pins: before });
      expect(rowOf(view, 'web2')).toMatchObject({ tailscaleSsh: true, pin: 'pinned' });
      // tailscaled makes the key types that sshd lacks.
      expect(view.proposals.web2).toMatchObject({ state: 'new-keys', source: 'control' });
    } finally {
      await web2.must(['tailscale', 'set', '--ssh=false']);
    }
  });

  test('another tailnet than the pinned one is refused before anything else', async () => {
    expect(await look(lab, { suffix: 'other.test', hosts: onPort(22, 'web1') })).toMatchObject({
      problem: { code: 'tailnet-mismatch', exitCode: 11 },
    });
  });

  test('a route to the address that does not start at our tailnet address is never trusted for keys', async () => {
    const { operator } = lab;
    const web1 = lab.host('web1');
    // Someone on the LAN answers for the tailnet address, and nothing of Tailscale filters that out.
    await operator.must(['tailscale', 'set', '--netfilter-mode=off']);
    await operator.must(`ip rule add to ${web1.ip} lookup 99 priority 100 && ip route add ${web1.ip} via ${web1.lan} table 99`);
    try {
      const view = await look(lab, { hosts: onPort(22, 'web1') });
      expect(view.proposals.web1).toEqual({ code: 'not-our-address', exitCode: 11 });
    } finally {
      await operator.must('ip rule del priority 100 && tailscale set --netfilter-mode=on');
    }
  });

  test('unknown, hidden by a rule, closed port, relay only', async () => {
    const web1 = lab.host('web1');
    expect(rowOf(await look(lab, { hosts: onPort(22, 'web3') }), 'web3')?.findings[0]?.message).toContain(
      'Nearest names here: web1, web2.',
    );
    expect((await look(lab, { hosts: onPort(2, 'web1') })).proposals.web1).toMatchObject({ code: 'ssh-refused', exitCode: 13 });

    await web1.relayOnly(true);
    const path = async () => rowOf(await look(lab, { hosts: onPort(22, 'web1') }), 'web1')?.path;
    await expect.poll(path, { timeout: 20_000 }).toMatchObject({ ok: true, path: { kind: 'derp', via: 'lab' } });
    await web1.relayOnly(false);

    await web1.hide();
    await lab.operator.sees(web1, peer => peer === undefined);
    expect(rowOf(await look(lab, { hosts: onPort(22, 'web1') }), 'web1')?.findings[0]).toMatchObject({
      code: 'peer-unknown',
      message: expect.stringContaining('an access rule hides it'),
    });
    await web1.unhide();
    await lab.operator.sees(web1, peer => peer !== undefined);
  });

  test('expired and offline peers are told apart, and stop a scan', async () => {
    const [web1, web2] = [lab.host('web1'), lab.host('web2')];
    await web2.expireKey();
    await web1.offline();
    await lab.operator.sees(web2, peer => peer?.Expired === true);
    // Not yet known to be offline: the ping finds out, within its limit.
    const early = await look(lab, { hosts: onPort(22, 'web1') });
    if (rowOf(early, 'web1')?.online) expect(rowOf(early, 'web1')?.path).toMatchObject({ ok: false, code: 'path-no-reply' });
    await lab.operator.sees(web1, peer => peer?.Online === false, 30_000);
    const view = await look(lab, { hosts: onPort(22, 'web1', 'web2') });
    expect(view.rows.map(row => row.findings[0]?.code)).toEqual(['peer-offline', 'peer-expired']);
    expect(view.proposals).toEqual({
      web1: { code: 'peer-offline', exitCode: 13 },
      web2: { code: 'peer-expired', exitCode: 13 },
    });
  });
});

test('this machine stopped, logged out, its daemon down: three answers', async () => {
  await withLab({ hosts: { web1: {} } }, async lab => {
    const problem = async () => (await look(lab, { hosts: onPort(22, 'web1') })).problem;
    await lab.operator.must(['tailscale', 'down', '--accept-risk=all']);
    expect(await problem()).toEqual({ code: 'tailnet-stopped', exitCode: 11 });
    await lab.operator.must(['tailscale', 'logout']);
    expect(await problem()).toEqual({ code: 'tailnet-logged-out', exitCode: 11 });
    await lab.operator.must(['systemctl', 'stop', 'tailscaled']);
    expect(await problem()).toEqual({ code: 'daemon-down', exitCode: 10 });
  });
});

test('the other control server: expiring keys, node ids of its own', async () => {
  await withLab({ hosts: { web1: {} }, control: 'testcontrol' }, async lab => {
    await lab.testcontrol.setKeyExpiry(lab.host('web1'), new Date(Date.now() + 5.5 * 86_400_000));
    await lab.operator.sees(lab.host('web1'), peer => peer?.KeyExpiry !== undefined);
    const view = await look(lab, { hosts: onPort(22, 'web1') });
    expect(rowOf(view, 'web1')).toMatchObject({
      fqdn: `web1.${lab.suffix}`,
      findings: [{ code: 'peer-expiring' }, { code: 'pin-missing' }],
    });
    expect(view.proposals.web1).toMatchObject({ state: 'new', source: 'scan', pin: { suffix: lab.suffix } });
  });
});

test('without a TUN device: connections go through tailscale nc, and keys come from the control server or not at all', async () => {
  await withLab({ hosts: { web1: {} } }, async lab => {
    const { operator } = lab;
    const web1 = lab.host('web1');
    const [pin] = pinsOf(await look(lab, { hosts: onPort(22, 'web1') }));
    const start = /^ExecStart=(.*)$/m.exec(await operator.must(['systemctl', 'cat', 'tailscaled']))?.[1];
    await operator.write(
      '/etc/systemd/system/tailscaled.service.d/userspace.conf',
      `[Service]\nExecStart=\nExecStart=${start} --tun=userspace-networking\n`,
    );
    await operator.must('systemctl daemon-reload && systemctl restart tailscaled');
    await operator.tailnetBack();
    await operator.sees(web1, peer => peer?.Online === true);

    const view = await look(lab, { hosts: onPort(22, 'web1') });
    expect(rowOf(view, 'web1')?.path).toMatchObject({ ok: true });
    expect(view.proposals.web1).toEqual({ code: 'keys-unproved', exitCode: 17 });
    await operator.write('/tmp/known', knownHosts([pin!]));
    const proxy = netcatCommand({ program: 'tailscale' }, web1.ip, 22).join(' ');
    expect(
      await operator.must(`ssh ${STRICT} -o HostKeyAlias=web1.lab.test -o ProxyCommand='${proxy}' deploy@web1 echo in`, {
        user: 'dev',
      }),
    ).toBe('in\n');

    await web1.must(['tailscale', 'set', '--ssh']);
    await operator.must('until tailscale status --json | grep -q sshHostKeys; do sleep 0.1; done');
    expect((await look(lab, { hosts: onPort(22, 'web1') })).proposals.web1).toMatchObject({ state: 'new', source: 'control' });
  });
});
