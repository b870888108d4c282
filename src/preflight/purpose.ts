import type { AppConfig, HostConfig } from '../config/types.ts';
import type { FactQuestion } from '../host/facts/section.ts';
import type { HostFacts } from '../host/facts/types.ts';
import type { Preflight } from './types.ts';

/** Why hosts are asked: a value that the capability brings. T is what its work goes on with on each host. */
export interface Purpose<T = unknown> {
  name: string;
  /** The app that checks concern on a host; null = none. */
  appOn(host: HostConfig): AppConfig | null;
  /** What a host is asked besides what it is. `fqdn` is its name for everybody else. */
  sections(host: HostConfig, fqdn: string): readonly FactQuestion[];
  /** Null when the host did not say it: then it is never ready, whatever the mode forgives. */
  needs(facts: HostFacts, host: HostConfig): T | null;
  /** Codes of findings that are told and bar nothing here. */
  onlyWarns: readonly string[];
  /** A target directory that ops did not make is accepted: it is about to be taken over, or only read. */
  adopts: boolean;
  /** After all hosts were asked: is the work not to begin? */
  bars(asked: Preflight): boolean;
}
