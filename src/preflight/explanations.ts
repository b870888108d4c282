/** Codes of what is given before the first check asks. */
export const explanations: Readonly<Record<string, string>> = {
  'app-unknown': 'ops.yaml has no app of this name. The message lists those that it has.',
  'app-missing': 'ops.yaml has several apps, so the command must name one. The message lists them.',
  'host-undeclared':
    'ops.yaml has no host of this name under `hosts`. The message lists those that it has; a node of the tailnet becomes a host by being written there.',
  'host-not-of-app':
    'The app is not deployed to this host. Add the host to the `hosts` of the app, or name one of those that it has.',
  'via-many-hosts':
    '`--via ADDRESS` (or OPS_VIA) dials one address for the host that is asked, so there must be exactly one. `-H HOST` picks it; `ops preflight` and `ops hosts forget` take it as a word, and `ops resume RUN` asks the hosts of that run.',
  'via-local':
    '`--via ADDRESS` (or OPS_VIA) says how another machine is reached. The host `local` is the machine that ops runs on: nothing is dialled for it.',
  'pins-damaged':
    'ops.pins could not be understood, and a damaged pin is never read as no pin. The message names each place; the last good version is in version control.',
  'pins-unreadable': 'ops.pins exists but could not be read. Check its permissions and that it is a small text file.',
};
