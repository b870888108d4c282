/*
 * Writes test/fixtures/tailscale/recorded/ anew from the real programs: node test/tailnet/record.ts (root, Linux; 2 minutes).
 * Each file is what one program printed, untouched.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Host, type Lab, withLab } from '../../lab/index.ts';

const folder = fileURLToPath(new URL('../fixtures/tailscale/recorded/', import.meta.url));
await mkdir(folder, { recursive: true });

async function record(name: string, on: Host, command: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
  const ended = await on.exec(command, { user: 'dev', timeoutMs: 20_000 });
  await writeFile(`${folder}${name}`, ended[stream]);
  process.stderr.write(`${name}: exit ${ended.code}, ${ended[stream].length} bytes\n`);
}

const status = 'tailscale status --json';
const localPing = (ip: string) => `timeout 3 tailscale debug localapi POST '/localapi/v0/ping?ip=${ip}&type=disco'`;
const plainPing = (ip: string) => `tailscale ping --c=1 --timeout=2s --until-direct=false ${ip}`;

async function onHeadscale(lab: Lab): Promise<void> {
  const op = lab.operator;
  const [web1, web2] = [lab.host('web1'), lab.host('web2')];
  await op.exec(`tailscale ping ${web1.ip}`);
  await record('status-running.json', op, status);
  await record('ping-direct.json', op, localPing(web1.ip));
  await record('ping-direct.txt', op, plainPing(web1.ip));
  await record('ping-no-peer.json', op, localPing('100.64.0.99'));
  await record('ping-no-peer.stderr', op, plainPing('100.64.0.99'), 'stderr');
  await record('ping-self.json', op, localPing(op.ip));
  await record('ping-self.txt', op, plainPing(op.ip));
  await record('keyscan-22.txt', op, `ssh-keyscan -T 5 -p 22 -t ed25519,ecdsa,rsa -- ${web1.ip}`);
  await web1.must("sed -i '1i Port 22\\nPort 2222' /etc/ssh/sshd_config && systemctl reload ssh");
  await record('keyscan-2222.txt', op, `sleep 1; ssh-keyscan -T 5 -p 2222 -t ed25519,ecdsa,rsa -- ${web1.ip}`);

  await web1.must(['tailscale', 'set', '--ssh']);
  await op.must(`until tailscale status --json | grep -q sshHostKeys; do sleep 0.2; done`);
  await record('status-tailscale-ssh.json', op, status);

  await web2.relayOnly(true);
  await op.exec('sleep 2');
  await record('ping-derp.json', op, localPing(web2.ip));
  await record('ping-derp.txt', op, plainPing(web2.ip));
  await web2.relayOnly(false);

  await web2.expireKey();
  await op.sees(web2, peer => peer?.Expired === true);
  await record('status-peer-expired.json', op, status);
  await record('ping-expired.json', op, localPing(web2.ip));
  await record('ping-expired.stderr', op, plainPing(web2.ip), 'stderr');
  await record('status-key-expired-here.json', web2, status);
  await web2.renewKey();

  await web1.offline();
  await op.sees(web1, peer => peer?.Online === false, 30_000);
  await record('status-peer-offline.json', op, status);
  await record('ping-no-reply.txt', op, plainPing(web1.ip));
  await record('ping-no-reply.stderr', op, plainPing(web1.ip), 'stderr');

  await op.must(['chmod', '700', '/run/tailscale']);
  await record('daemon-denied.stderr', op, status, 'stderr');
  await op.must(['chmod', '755', '/run/tailscale']);

  await op.must(['tailscale', 'down', '--accept-risk=all']);
  await record('status-stopped.json', op, status);
  await op.must(['tailscale', 'logout']);
  await record('status-logged-out.json', op, status);
  await op.must(['systemctl', 'stop', 'tailscaled']);
  await record('daemon-down.stderr', op, status, 'stderr');
}

async function withoutTun(lab: Lab): Promise<void> {
  const op = lab.operator;
  const dropIn = '/etc/systemd/system/tailscaled.service.d/userspace.conf';
  const start = (await op.must(['systemctl', 'cat', 'tailscaled'])).match(/^ExecStart=(.*)$/m)?.[1] ?? '';
  await op.write(dropIn, `[Service]\nExecStart=\nExecStart=${start} --tun=userspace-networking\n`);
  await op.must('systemctl daemon-reload && systemctl restart tailscaled');
  await op.tailnetBack();
  await op.sees(lab.host('web1'), peer => peer?.Online === true);
  await record('status-no-tun.json', op, status);
}

await withLab({ hosts: { web1: {}, web2: {} } }, onHeadscale);
await withLab({ hosts: { web1: {} } }, withoutTun);
await withLab({ hosts: { web1: {} }, control: 'testcontrol' }, async lab => {
  await record('status-testcontrol.json', lab.operator, status);
  await lab.testcontrol.setKeyExpiry(lab.host('web1'), new Date(Date.now() + 5 * 86_400_000));
  await lab.operator.sees(lab.host('web1'), peer => peer?.KeyExpiry !== undefined);
  await record('status-peer-expiring.json', lab.operator, status);
});
