import { Flags } from '@oclif/core';

/** Flags of every command. */
export const baseFlags = {
  config: Flags.string({
    description: 'ops.yaml to use (found upwards from here otherwise)',
    helpValue: 'FILE',
  }),
  json: Flags.boolean({ description: 'print one JSON object' }),
  color: Flags.string({
    description: 'when to colour',
    options: ['auto', 'always', 'never'],
    default: 'auto',
    env: 'OPS_COLOR',
  }),
};

/** Flags of every command that talks to hosts. */
export const hostFlags = {
  via: Flags.string({
    description: 'break-glass: dial this address for the one host, without asking the tailnet (printed in the receipt)',
    helpValue: 'ADDRESS',
    env: 'OPS_VIA',
  }),
  preflight: Flags.string({
    description: 'required: fail or unknown stops; auto: unknown warns; disabled: only identity, host key and lock are asked',
    options: ['required', 'auto', 'disabled'],
  }),
  'pin-new': Flags.boolean({
    description: 'pin hosts that have no pin yet (in CI, where nobody looks at them)',
    env: 'OPS_PIN_NEW',
  }),
  auth: Flags.string({
    description: 'log in with keys or by Tailscale SSH',
    options: ['keys', 'tailscale_ssh'],
  }),
};

/** Which hosts; none = all that the command concerns. */
export const onlyHosts = Flags.string({
  char: 'H',
  description: 'only this host (repeatable)',
  multiple: true,
  default: [],
  helpValue: 'HOST',
});

/** Of commands that change our files beside the tree. */
export const verboseTexts = Flags.boolean({
  char: 'v',
  description: 'with the plan, show how unit files and drop-ins change, line by line',
});

/** Flags of every command that changes something. */
export const changeFlags = {
  yes: Flags.boolean({ char: 'y', description: 'do not ask', env: 'OPS_YES' }),
  'dry-run': Flags.boolean({ char: 'n', description: 'stop after the plan' }),
  check: Flags.boolean({ description: 'stop after the plan; exit 3 when it is not empty' }),
};

export interface ChangeFlags {
  yes: boolean;
  'dry-run': boolean;
  check: boolean;
}
