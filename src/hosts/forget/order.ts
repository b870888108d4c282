import type { Params } from '../../host/compose.ts';
import type { Order } from '../../run/capability.ts';
import type { ForgetHostPlan } from './steps.ts';

/** What is asked for: when it is listed, and when it goes. */
export function questionOf({ only, trees }: Pick<ForgetHostPlan, 'only' | 'trees'>): Params {
  return { only: only ?? '', trees: trees ? '1' : '' };
}

/** The host walks as it did when it listed, and stops when it finds anything else than these. */
export function forgetOrder(host: ForgetHostPlan): Order {
  const belongings = host.steps.map(({ what, path }) => `${what} ${path}\n`).join('');
  const note = [`about.only=${host.only ?? ''}`, `about.trees=${host.trees ? '1' : ''}`];
  return { mode: 'forget', note, params: questionOf(host), blobs: { belongings } };
}
