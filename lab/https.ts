import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { must } from './process.ts';

/** Where every machine keeps the lab CA's certificate; Node programs there trust it through NODE_EXTRA_CA_CERTS. */
const CA_IN_HOST = '/usr/local/share/ca-certificates/tailnet-ops-lab.crt';
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes the lab's certificate authority in `directory`. */
export async function makeCa(directory: string): Promise<void> {
  const files = ['-keyout', `${directory}/ca.key`, '-out', `${directory}/ca.crt`];
  const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  await must(['openssl', 'req', '-x509', ...EC, ...files, '-days', '60', '-subj', '/CN=tailnet-ops lab CA', ...extensions]);
}

/**
 * Lays down, before the first boot, a certificate for `fqdn` where tailscaled keeps those it got from Let's Encrypt, and
 * the CA among those that Debian, the last of the `lower` layers, trusts. Twenty days: tailscaled renews after two thirds of a certificate's life.
 */
export async function seedCertificate(directory: string, upper: string, lower: string, fqdn: string): Promise<void> {
  const certs = `${upper}/var/lib/tailscale/certs`;
  mkdirSync(certs, { recursive: true });
  chmodSync(`${upper}/var/lib/tailscale`, 0o700);
  const files = ['-keyout', `${certs}/${fqdn}.key`, '-out', `${certs}/${fqdn}.crt`];
  const signer = ['-CA', `${directory}/ca.crt`, '-CAkey', `${directory}/ca.key`];
  const extensions = ['-addext', `subjectAltName=DNS:${fqdn}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
  await must(['openssl', 'req', '-x509', ...signer, ...EC, ...files, '-days', '20', '-subj', `/CN=${fqdn}`, ...extensions]);

  const debian = lower.slice(lower.lastIndexOf(':') + 1);
  mkdirSync(`${upper}/usr/local/share/ca-certificates`, { recursive: true });
  copyFileSync(`${directory}/ca.crt`, `${upper}${CA_IN_HOST}`);
  mkdirSync(`${upper}/etc/ssl/certs`, { recursive: true });
  writeFileSync(`${upper}${BUNDLE}`, readFileSync(`${debian}${BUNDLE}`, 'utf8') + readFileSync(`${directory}/ca.crt`, 'utf8'));
}
