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
