import type { Privilege } from '../config/types.ts';

const WORDS: Readonly<Record<Privilege, string>> = {
  root: 'on the host: ',
  sudo: 'on the host: sudo ',
  doas: 'on the host: doas ',
  none: 'on the host, as root: ',
};

/** What a person types there for what only root may do, with the tool that this host has for it. */
export function asRoot({ privilege }: { privilege: Privilege }, command: string): string {
  return `${WORDS[privilege]}${command}`;
}

/** The same for what belongs to the app: without privilege that is the login itself. */
export function asOwner(host: { privilege: Privilege }, command: string): string {
  return host.privilege === 'none' ? `on the host: ${command}` : asRoot(host, command);
}
