import { isIP } from 'node:net';
import type { HostConfig } from '../config/types.ts';
import { OpsError } from '../errors.ts';
import type { Pin } from '../tailnet/types.ts';
import type { WayIn } from './view.ts';

/** Break-glass: the tailnet is not asked at all, since it may be what is broken. The pinned host key alone says who it is. */
export function wayRound(via: string, host: HostConfig, port: number, suffix: string): WayIn {
  return { fqdn: nameOf(host, suffix), address: via, port, bind: null, proxy: null };
}

/**
 * An address is that of one host.
 * @throws OpsError via-many-hosts or via-local, exit usage
 */
export function requireOneHost(via: string, hosts: readonly HostConfig[]): void {
  const [host, ...more] = hosts;
  if (more.length > 0) {
    const names = hosts.map(({ id }) => id).join(', ');
    throw new OpsError('via-many-hosts', 'usage', `--via ${via} is the address of one host, and this concerns ${names}`, {
      hint: 'the same command with -H HOST   (ops preflight takes HOST without -H)',
    });
  }
  if (host?.local) {
    throw new OpsError('via-local', 'usage', `${host.id} is this machine itself, and --via ${via} is the address of another`, {
      hint: 'the same command without --via, and without OPS_VIA',
    });
  }
}

/** @throws OpsError pin-missing: without a pin nothing that answers at a foreign address can be told from an impostor. */
export function pinOfName(pins: readonly Pin[], host: HostConfig, suffix: string): Pin {
  const fqdn = nameOf(host, suffix);
  const pin = pins.find(candidate => candidate.fqdn === fqdn);
  if (pin) return pin;
  throw new OpsError('pin-missing', 'identity-mismatch', `${host.id} (${fqdn}) has no pin in ops.pins, and --via needs one`, {
    hint: `ops hosts pin ${host.id}   (on a machine that is in the tailnet)`,
  });
}

function nameOf(host: HostConfig, suffix: string): string {
  if (isIP(host.name)) {
    throw new OpsError(
      'via-needs-name',
      'usage',
      `${host.id} is known by its address only: --via needs its MagicDNS name to find its pin`,
      {
        hint: `hosts.${host.id}.name: NAME.${suffix} in ops.yaml`,
      },
    );
  }
  const name = host.name.replace(/\.$/, '');
  return name.includes('.') ? name : `${name}.${suffix}`;
}
