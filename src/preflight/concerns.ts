import type { HostView } from './view.ts';

/** What a check is about. Where that is not there, the check does not apply. */
export type Concern = (view: HostView) => boolean;

const always: Concern = () => true;

export const about = {
  operator: always,
  /** The way to the host by the tailnet; --via goes round it. */
  tailnet: view => !view.host.local && view.via === null,
  connection: view => !view.host.local,
  host: always,
  app: view => view.app !== null,
} satisfies Record<string, Concern>;
