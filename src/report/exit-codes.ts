import { EXIT_CODES } from '../errors.ts';

/** The table of exit codes, a line each. */
export function renderExitCodes(): string[] {
  return Object.values(EXIT_CODES).map(({ code, means }) => `${String(code).padStart(3)}  ${means}`);
}
