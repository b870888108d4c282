import { BugError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { deployVoice } from './deploy/index.ts';
import { forgetVoice } from './forget.ts';
import { renderHostRuns, renderStatus } from './status.ts';
import type { StatusVoice, Voice } from './voice.ts';

/** One line a capability. */
const VOICES: Readonly<Record<string, Voice>> = { deploy: deployVoice, forget: forgetVoice };

/** By the key in the document of `ops status`. */
const STATUS_VOICES: Readonly<Record<string, StatusVoice>> = { apps: renderStatus, hosts: renderHostRuns };

/** Who speaks about this plan: its own capability, so that the plan is of the kind that the voice knows. */
export function voiceOf({ capability }: Plan): Voice {
  return known(VOICES, capability);
}

export function statusVoiceOf(key: string): StatusVoice {
  return known(STATUS_VOICES, key);
}

function known<T>(voices: Readonly<Record<string, T>>, name: string): T {
  const voice = voices[name];
  if (voice === undefined) throw new BugError(`nobody speaks for ${name}`);
  return voice;
}
