import { BugError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { deployVoice } from './deploy/index.ts';
import { forgetVoice } from './forget.ts';
import type { Voice } from './voice.ts';

/** One line a capability. */
const VOICES: Readonly<Record<string, Voice>> = { deploy: deployVoice, forget: forgetVoice };

/** Who speaks about this plan: its own capability, so that the plan is of the kind that the voice knows. */
export function voiceOf({ capability }: Plan): Voice {
  const voice = VOICES[capability];
  if (voice === undefined) throw new BugError(`nobody speaks for ${capability}`);
  return voice;
}
