import { assertNever } from '../errors.ts';

/** One change on one host. JSON-safe, and each kind says how it is undone, or that it need not be. */
export type Step =
  | { kind: 'adopt'; link: string }
  | { kind: 'upload'; files: number; bytes: number; ofBytes: number; base: string | null }
  | { kind: 'check'; command: readonly string[] }
  | { kind: 'swap'; from: string | null; to: string }
  | { kind: 'restart'; unit: string }
  /** A unit that ops made for the app and that ops.yaml does not name any more. */
  | { kind: 'remove'; unit: string }
  | { kind: 'probe'; id: string; from: 'host' | 'operator'; target: string }
  | { kind: 'retain'; keep: number };

/** How a step is taken back when a later one fails. */
export function undoOf(step: Step, backTo: string | null): string {
  switch (step.kind) {
    case 'adopt':
      return 'ops hosts forget (the adopted tree itself is never touched)';
    case 'upload':
      return 'nothing to undo: nobody reads it before the swap';
    case 'check':
    case 'probe':
      return 'only reads';
    case 'swap':
      return backTo ? `current goes back to ${backTo}` : 'current is removed: there is no release before this one';
    case 'restart':
      return backTo ? `restarted with the unit files of ${backTo}` : `${step.unit} is stopped`;
    case 'remove':
      return backTo ? `${step.unit} is back with ${backTo}` : `${step.unit} stays removed`;
    case 'retain':
      return 'cannot be undone: only releases that are neither current, previous nor the last proven one go';
    default:
      return assertNever(step);
  }
}
