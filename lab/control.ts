import type { Host } from './host.ts';

/** A control plane of the lab's tailnet: what an admin of a real tailnet would click. */
export interface ControlPlane {
  /** MagicDNS suffix of the tailnet. */
  readonly suffix: string;
  /** Starts it and returns when nodes can join. */
  start(): Promise<void>;
  /** Flags of `tailscale up` for a host. */
  joinFlags(host: Host): Promise<string[]>;
  /** Tells a control plane that does not see it by itself whether a host is there. */
  markOnline(host: Host, online: boolean): Promise<void>;
  expireKey(host: Host): Promise<void>;
  /** Lets an expired node in again, as the same node. */
  renewKey(host: Host): Promise<void>;
  /** Takes away every access rule between the operators and these hosts; no other names stay hidden. */
  hideFromOperators(hidden: readonly string[]): Promise<void>;
}
