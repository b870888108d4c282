/** Codes of reading ops.yaml. */
export const explanations: Readonly<Record<string, string>> = {
  'config-not-found':
    'There is no ops.yaml in this folder or above it, up to the root of the repository. Name one with --config, or write one: `ops config example` prints one that explains every key.',
  'config-unreadable': 'ops.yaml exists but is no small UTF-8 text file that can be read. The message says which of these it is.',
  'config-invalid':
    'ops.yaml could be read but not understood. Every problem is listed with its line and column; `ops config example` prints one that explains every key.',
  'credential-missing':
    'ops.yaml takes a value from the environment, and the variable is not set here. Set it; every missing one is listed.',
  'credential-not-text':
    'ops.yaml takes a value from the environment, and what is set here is not UTF-8 (or holds U+FFFD, which stands for such bytes), so the app would get another value. Set it anew; bytes that are no text go as base64.',
};
