/** Codes of the command line itself. */
export const explanations: Readonly<Record<string, string>> = {
  usage: 'The command line could not be understood. `ops help`, or the command with --help, shows what it takes.',
  'code-unknown':
    'No check and no error of this version has this code. Codes stand in brackets behind an error or a host that is not ready, and in every --json document; `ops explain` lists them.',
  'command-unknown': 'ops has no command of this name. `ops help` lists them.',
  'cwd-missing':
    'The working directory of the shell was removed or replaced, or may not be read, so ops can neither look for ops.yaml there nor start programs. `cd` there again, or elsewhere.',
  'not-confirmed':
    'The plan was not confirmed, so nothing was changed. Where there is no terminal to ask on, and with --json, --yes confirms.',
  failed:
    'Something failed for which ops has no better word; the message is that of the program or system call. OPS_DEBUG=1 shows where.',
  'output-unwritten':
    'What the command found or did is as its exit code says, but the result could not be written to stdout: usually the disk behind it is full. Exit 1 means that only this went wrong.',
  interrupted:
    'You ended the command. What had begun on a host before that goes on there; `ops status` shows it. As the reason of a run that went back: an earlier run had been cut off on that host, and `ops resume` took it back to what served before.',
};
