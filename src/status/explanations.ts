/** Codes of reading what runs. */
export const explanations: Readonly<Record<string, string>> = {
  'no-units':
    'The journal is read by unit, and this app has no services in ops.yaml. On the host `journalctl` shows everything that it holds.',
  'journal-unreadable':
    'journalctl on the host refused to show the units of the app; the message is its own. Check `--since`, and that the host keeps a journal.',
};
