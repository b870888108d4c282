/** Codes of reading ops.yaml. */
export const explanations: Readonly<Record<string, string>> = {
  'config-not-found':
    'There is no ops.yaml in this folder or above it, up to the root of the repository. Name one with --config, or write one: `ops config example` prints one that explains every key.',
  'config-unreadable':
    'ops.yaml exists but is no small UTF-8 text file that can be read. The message says which of these it is. One that is a link is followed inside its own folder; a link to elsewhere, such as one in /etc, is named with --config or OPS_CONFIG.',
  'file-unreadable':
    'A file that the project names is none that can be read: a link, or behind one, a pipe, a device, too large, or replaced just now. Put the file itself there.',
  'config-not-ours':
    'An ops.yaml was found that another account than yours and root could have put there: the file or a folder above it belongs to somebody else, or others can write it. It would decide where your keys are used. Look at it, and name it with --config or OPS_CONFIG when you mean it, as for a checkout of another account in a CI container; `chmod go-w` takes it from the others.',
  'config-invalid':
    'ops.yaml could be read but not understood. Every problem is listed with its line and column; `ops config example` prints one that explains every key. A reference {env: NAME} that OPS_ENV_ALLOW does not name is such a problem: whoever runs ops.yaml for others says there what it may read.',
  'credential-missing':
    'ops.yaml takes a value from the environment, and the variable is not set here. Set it; every missing one is listed. Whoever can change ops.yaml chooses which variables are read and where they go: in CI, where that may be a pull request, set OPS_ENV_ALLOW=NAME,APP_* to the names that it may read.',
  'credential-not-text':
    'ops.yaml takes a value from the environment, and what is set here is not UTF-8 (or holds U+FFFD, which stands for such bytes), so the app would get another value. Set it anew; bytes that are no text go as base64.',
};
