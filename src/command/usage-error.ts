import { stripVTControlCharacters } from 'node:util';
import { OpsError } from '../errors.ts';

/**
 * oclif's own errors, about the command line, in one line: it puts the reason below a headline, and after that what is said
 * of every error.
 */
export function usageError(message: string): OpsError {
  const lines = stripVTControlCharacters(message).split('\n');
  const end = lines.findIndex((line, at) => at > 0 && (line.trim() === '' || line.startsWith('See more help')));
  const [headline = '', ...reasons] = lines.slice(0, end < 0 ? lines.length : end).map(line => line.trim().replace(/ +/g, ' '));
  const text = reasons.length === 0 ? headline : `${headline.replace(/:$/, '')}: ${reasons.join('; ')}`;
  return new OpsError('usage', 'usage', text || 'usage error', { hint: 'ops help   (or the command with --help)' });
}
