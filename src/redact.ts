import { sanitizeJson } from './sanitize.ts';
import type { Secret } from './secret.ts';

const MIN_LENGTH = 6;
const REDACTED = '[REDACTED]';

/** Shapes that are secrets wherever they come from: Tailscale keys, common API tokens, bearer headers, private keys. */
const TOKEN_SHAPES = [
  /tskey-[A-Za-z0-9-]{6,}/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g,
  /\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)[-_][A-Za-z0-9_-]{8,}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /(?<=\b[Bb]earer\s)[A-Za-z0-9._~+/-]{8,}=*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** Removes known values, also in the forms that tools give them (base64, URL, JSON), and whatever looks like a token. */
export class Redactor {
  #values: string[] = [];

  know(secrets: Iterable<Secret>): void {
    for (const secret of secrets) {
      const value = secret.reveal();
      const whole = [value, ...value.split('\n')].filter(part => part.trim().length >= MIN_LENGTH);
      for (const part of whole) {
        this.#values.push(
          part,
          Buffer.from(part).toString('base64'),
          encodeURIComponent(part),
          JSON.stringify(part).slice(1, -1),
        );
      }
    }
    // Longest first: a value that contains another must go as a whole.
    this.#values = [...new Set(this.#values)].sort((a, b) => b.length - a.length);
  }

  redact(text: string): string {
    let out = text;
    for (const value of this.#values) out = out.replaceAll(value, REDACTED);
    for (const shape of TOKEN_SHAPES) out = out.replace(shape, REDACTED);
    return out;
  }

  /** A JSON-safe value as text, its strings redacted. */
  redactJson(value: unknown, indent?: number): string {
    const redacted = JSON.stringify(value, (_key, inner) => (typeof inner === 'string' ? this.redact(inner) : inner), indent);
    return sanitizeJson(redacted ?? 'null');
  }
}
