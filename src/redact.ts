import { sanitizeJson } from './sanitize.ts';
import type { Secret } from './secret.ts';

const MIN_LENGTH = 6;
const REDACTED = '[REDACTED]';
/** Where a text was cut, here or on a host, this stands in place of the rest. */
const CUT = '…';
/** Less than this beside a cut tells nothing. */
const MIN_FRAGMENT = 3;

/** What begins so and goes on for so long, or is cut before that. */
function token(begin: string, letters: string, length: number): RegExp {
  return new RegExp(`${begin}(?:${letters}{${length},}|${letters}*(?=${CUT}))`, 'g');
}

/** Shapes that are secrets wherever they come from: Tailscale keys, common API tokens, bearer headers, private keys. */
const TOKEN_SHAPES = [
  token('tskey-', '[A-Za-z0-9-]', 6),
  token('\\bgh[pousr]_', '[A-Za-z0-9]', 20),
  token('\\bgithub_pat_', '[A-Za-z0-9_]', 20),
  token('\\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)[-_]', '[A-Za-z0-9_-]', 8),
  token('\\bxox[abprs]-', '[A-Za-z0-9-]', 10),
  /\bAKIA(?:[0-9A-Z]{16}\b|[0-9A-Z]*(?=…))/g,
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
    if (out.includes(CUT)) out = this.#redactFragments(out);
    for (const shape of TOKEN_SHAPES) out = out.replace(shape, REDACTED);
    return out;
  }

  /** A value that was cut is not known any more as a whole: the longest part of it beside each cut goes. */
  #redactFragments(text: string): string {
    const [first = '', ...rest] = text.split(CUT);
    return rest.reduce((done, piece) => `${this.#withoutEnd(done)}${CUT}${this.#withoutBeginning(piece)}`, first);
  }

  #withoutEnd(text: string): string {
    // Half a character may be left of what was cut by bytes.
    const whole = text.replace(/\ufffd+$/, '');
    const length = this.#longest(whole, (value, part) => whole.endsWith(value.slice(0, part)));
    return length === 0 ? text : `${whole.slice(0, -length)}${REDACTED}`;
  }

  #withoutBeginning(text: string): string {
    const length = this.#longest(text, (value, part) => text.startsWith(value.slice(-part)));
    return length === 0 ? text : `${REDACTED}${text.slice(length)}`;
  }

  /** How much of any value `has` it; 0 when that is too little to tell anything. */
  #longest(text: string, has: (value: string, part: number) => boolean): number {
    const lengths = this.#values.map(value => {
      let part = Math.min(value.length - 1, text.length);
      while (part >= MIN_FRAGMENT && !has(value, part)) part -= 1;
      return part < MIN_FRAGMENT ? 0 : part;
    });
    return Math.max(0, ...lengths);
  }

  /** A JSON-safe value as text, its strings redacted. */
  redactJson(value: unknown, indent?: number): string {
    const redacted = JSON.stringify(value, (_key, inner) => (typeof inner === 'string' ? this.redact(inner) : inner), indent);
    return sanitizeJson(redacted ?? 'null');
  }
}
