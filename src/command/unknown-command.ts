import { suggest } from '../config/suggest.ts';
import { OpsError } from '../errors.ts';

/**
 * For words that name no command. `known` are the ids of all commands, `config:check`; what follows the command on the line
 * (an app, a host, flags) is no part of its name.
 */
export function unknownCommand(argv: readonly string[], known: readonly string[]): OpsError {
  const words = argv.slice(
    0,
    [...argv, '-'].findIndex(word => word.startsWith('-')),
  );
  const names = known.map(id => id.replaceAll(':', ' '));
  const near = [2, 1].map(count => suggest(words.slice(0, count).join(' '), names)).find(name => name !== null) ?? null;
  const topics = new Set(names.map(name => name.split(' ')[0]));
  const said = words.slice(0, topics.has(words[0] ?? '') ? 2 : 1).join(' ') || (argv[0] ?? '');
  const guess = near === null ? '' : `; did you mean ${near}?`;
  return new OpsError('command-unknown', 'usage', `unknown command ${JSON.stringify(said)}${guess}`, {
    hint: near === null ? 'ops help' : `ops help ${near}`,
  });
}
