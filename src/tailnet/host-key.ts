import { createHash } from 'node:crypto';

const LINE = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;
/** Ed25519 and Ed448 are a type and one number; RSA, ECDSA and the security-key types have more. */
const TWO_FIELDS = new Set(['ssh-ed25519', 'ssh-ed448']);

/** `type base64` of a public host key line, its comment dropped; null when the blob is not one whole key of that type. */
export function parseHostKey(line: string): string | null {
  const [, type, base64] = LINE.exec(line.trim()) ?? [];
  if (type === undefined || base64 === undefined || base64.length % 4 !== 0) return null;
  const fields = blobFields(Buffer.from(base64, 'base64'));
  const isWhole = fields !== null && fields[0] === type && fields.length >= (TWO_FIELDS.has(type) ? 2 : 3);
  return isWhole ? `${type} ${base64}` : null;
}

/** The fields of a public key blob (RFC 4253 6.6, RFC 8709): each a 32-bit length and its bytes, nothing after the last. */
function blobFields(blob: Buffer): string[] | null {
  const fields: string[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return null;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return null;
    fields.push(blob.toString('latin1', at + 4, end));
    at = end;
  }
  return fields;
}

/** The good ones among them, sorted, each once. */
export function parseHostKeys(lines: readonly string[]): string[] {
  return [...new Set(lines.flatMap(line => parseHostKey(line) ?? []))].sort();
}

export function keyType(hostKey: string): string {
  return hostKey.slice(0, hostKey.indexOf(' '));
}

/** As `ssh-keygen -l` shows it: `SHA256:…`. */
export function fingerprint(hostKey: string): string {
  const blob = Buffer.from(hostKey.slice(hostKey.indexOf(' ') + 1), 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
