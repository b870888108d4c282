/** Codes of pinning and forgetting hosts. */
export const explanations: Readonly<Record<string, string>> = {
  'keyscan-missing':
    'Host keys are read with ssh-keyscan, a part of the OpenSSH client that is not installed here. Install the package openssh-client.',
  'pins-unwritable': 'ops.pins could not be written beside ops.yaml. Check the permissions of that folder.',
  'keys-unproved':
    'Without a TUN device the connection is carried by tailscaled, and a key scan cannot prove where its answer came from. Pin the host from a machine with a TUN device and commit ops.pins, or let the host run Tailscale SSH, whose keys the control server vouches for.',
  'keyscan-empty':
    'The ssh port answered but showed no host key of a known type. The server may be overloaded or speak something else: try ssh-keyscan by hand.',
  'forget-failed': 'Something that ops had put on the host could not be removed. The message says what; run the command again.',
};
