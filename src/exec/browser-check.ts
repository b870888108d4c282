import { OpsError } from '../errors.ts';

/** ssh's «additional check» prompt: Tailscale and headscale differ in the first word only. The server then waits up to 30 minutes. */
export const INTERACTIVE_CHECK = /requires an additional check/;
export const CHECK_URL = /To authenticate, visit:\s*(\S+)/;
/** Where tailnets of Tailscale log in, whatever server controls them. */
const TAILSCALE_LOGIN = 'https://login.tailscale.com';

/** A host asks for a login in the browser before it lets anybody in. Only an address of the tailnet's own control plane is offered. */
export class BrowserCheck extends OpsError {
  readonly #host: string;
  readonly #url: URL | null;
  /** An address was named, and is offered to nobody. */
  readonly isWithheld: boolean;

  /** `control`: where this tailnet is controlled from, as far as it is known. */
  constructor(host: string, url: URL | null, control: string | null = null) {
    const isOurs = url !== null && [TAILSCALE_LOGIN, control].includes(url.origin);
    const who = `${host} asks for an additional check in the browser`;
    const message =
      url === null || isOurs
        ? `${who} before it lets you in`
        : `${who} at ${url.host}, and nobody says that this tailnet is controlled from there: do not log in at it`;
    const withheld = url === null ? `ssh ${host}` : 'tailscale debug prefs   (ControlURL is where it is controlled from)';
    super('interactive-check', 'interactive-check', message, {
      hint: isOurs ? `open ${url.href} and run the command again` : withheld,
      details: { url: isOurs ? url.href : null },
    });
    this.#host = host;
    this.#url = url;
    this.isWithheld = url !== null && !isOurs;
  }

  knowing(control: string | null): BrowserCheck {
    return new BrowserCheck(this.#host, this.#url, control);
  }
}

/** From what ssh printed; null = no address that a browser opens. */
export function checkUrlIn(stderr: string): URL | null {
  const url = URL.parse(CHECK_URL.exec(stderr)?.[1] ?? '');
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.href.length <= 500 ? url : null;
}
