import { inspect } from 'node:util';

const REDACTED = '[REDACTED]';

/** A value that prints as [REDACTED] however it is formatted; only exec/ and the env-file writer reveal it. */
export class Secret {
  /** Where the value comes from, e.g. `env WEB_TOKEN`: safe to show. */
  readonly label: string;
  readonly #value: string;

  constructor(label: string, value: string) {
    this.label = label;
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
