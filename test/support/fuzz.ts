const FULL = process.env.OPS_TEST_FULL === '1';

/** Every run asks the same, so that what fails fails again. */
export const SEED = 20_261_129;

/** How often something is tried: a sample of the stated number, or all of it where everything is asked for. */
export function timesOf(stated: number): number {
  return FULL ? stated : 300;
}
