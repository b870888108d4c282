import type { AppConfig, Config, HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import type { ExitName } from '../errors.ts';
import type { FactQuestion } from '../host/facts/section.ts';
import type { HostFacts } from '../host/facts/types.ts';
import type { Evidence } from '../plan/outcome.ts';
import type { HostReport } from '../preflight/types.ts';
import type { OpenHost } from './part.ts';

/** A host whose status was asked for, and the apps of it that were meant. */
export interface Place {
  host: HostConfig;
  apps: readonly AppConfig[];
}

export interface SeenPlace extends Place {
  /** Null when it could not be read; the report says why. */
  facts: HostFacts | null;
  report: HostReport;
  /** What closer looks found. */
  evidence: readonly Looked[];
}

/** What a capability tells of hosts in `ops status`: rows of its own, from sections of the one look at each host. */
export interface StatusPart<Row> {
  sections(place: Place): readonly FactQuestion[];
  rows(places: readonly SeenPlace[], config: Config): Row[];
  /** `ok` when these rows are as they should be. */
  exit(rows: readonly Row[]): ExitName;
}

/** What a closer look at an app saw. */
export interface Looked extends Evidence {
  app: string;
  /** Null when nobody knows. */
  ok: boolean | null;
}

/** What is looked at only when it is asked for by name: it takes executions of its own, and time. It changes nothing. */
export type CloserLook = (context: Context, open: OpenHost, app: AppConfig) => Promise<Looked[]>;
