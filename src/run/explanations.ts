/** Codes of a run on hosts, whatever it changes. */
export const explanations: Readonly<Record<string, string>> = {
  'facts-changed':
    'Between the plan and its execution somebody changed what the plan was made from, so it was not carried out. Run the command again: it plans anew.',
  'receipt-unwritable':
    'ops keeps a receipt of every run on this machine and changes nothing without one. The disk here is full, or the folder is not yours: free some space, or name another folder in OPS_STATE_DIR.',
  'target-unwritable':
    'Root (or, with `privilege: none`, the login user) could not write where the app or the state of ops lives. A full or read-only disk is the usual cause; the message names the path.',
  'connection-lost':
    'The connection to the host ended while the release was still being sent, before anything there was switched. What has arrived stays for the next try.',
  'stdin-read':
    'Programs reach a host through the login shell’s stdin. Something that this shell starts by itself, such as a line of ~/.bashrc, has read the beginning of one, so it was not run. Have that command read from /dev/null, or only when there is a terminal: [ -t 0 ].',
  'start-failed':
    'systemd would not start the unit that carries out the change. The message is systemd’s own; nothing was changed.',
  stopped:
    'The run was asked to stop and did so at the next safe point: before the switch nothing was changed, after it the host went back to the last proven release. The outcome says which.',
  'run-unknown': 'The host has no trace of such a run. `ops status` shows the last one.',
  bug: 'Something in ops itself went wrong while it followed the run, and it says nothing of the host: what was started there goes on. `ops resume` tells how it ended; please report the message and the lines below it.',
  'host-change':
    'The change of the host itself that this run needed did not end well; the message is its own. What the run had done by then is told by its outcome.',
};
