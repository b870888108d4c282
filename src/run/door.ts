import type { CloserLook, StatusPart } from './status-part.ts';
import type { UseCase } from './use-case.ts';

export interface ResumeRequest {
  /** null = the last run of the only app. */
  run: string | null;
  /** Also tell how texts on hosts read, there and then. */
  texts: boolean;
}

/** Flags of `ops status` that ask for a closer look. */
export type LookName = 'deep' | 'probe';

/** What the composition root asks of a capability besides its use-cases. */
export interface Door {
  /** Code → what it means, what usually causes it and what to do. */
  explanations: Readonly<Record<string, string>>;
  /** How a run is found again, by the capability that its plan names. */
  resumes?: Readonly<Record<string, UseCase<ResumeRequest>>>;
  /** What it tells in `ops status`, by the key in the document. */
  status?: Readonly<Record<string, StatusPart<object>>>;
  /** What `ops status` looks at when it is asked for, by the flag that asks. */
  closer?: Partial<Readonly<Record<LookName, CloserLook>>>;
}
