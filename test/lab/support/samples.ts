import type { Host, Running } from '../../../lab/index.ts';

/**
 * Looks at every process of a machine at least 50 times a second, as other accounts see it: command lines of all, and the
 * environment of those that `ownEnvironment` does not name. Prints what holds one of the words on its standard input.
 */
const SAMPLER = `
const { readFileSync, readdirSync } = require('node:fs');
const { words, allowed, uid } = JSON.parse(readFileSync(0, 'utf8'));
process.setuid(uid);
const read = path => { try { return readFileSync(path, 'latin1'); } catch { return ''; } };
const found = new Set();
let rounds = 0;
const began = performance.now();
const end = () => { console.log(JSON.stringify({ perSecond: rounds / ((performance.now() - began) / 1000), found: [...found] })); process.exit(0); };
process.on('SIGTERM', end);
(function sample() {
  rounds += 1;
  for (const pid of readdirSync('/proc')) {
    if (!/^\\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const argv = read('/proc/' + pid + '/cmdline');
    // Without a command line it is between two programs.
    const environ = argv === '' || allowed.some(word => argv.includes(word)) ? '' : read('/proc/' + pid + '/environ');
    for (const word of words) if ((argv + environ).includes(word)) found.add((argv.includes(word) ? 'argv ' : 'environ ') + argv.replaceAll('\\0', ' ').slice(0, 120));
  }
  setTimeout(sample, 5);
})();
`;

export interface Sampled {
  readonly perSecond: number;
  /** Where one of the words was seen. */
  readonly found: readonly string[];
}

/** Samples until `stop`. `uid` 0 sees every environment; processes whose command line has one of `allowed` may hold the words there. */
export function sample(
  host: Host,
  words: readonly string[],
  options: { uid: number; allowed?: readonly string[] },
): () => Promise<Sampled> {
  const input = JSON.stringify({ words, uid: options.uid, allowed: options.allowed ?? [] });
  const running: Running = host.spawn(['node', '-e', SAMPLER], { input, timeoutMs: 120_000 });
  return async () => {
    await running.kill('SIGTERM');
    const { stdout, stderr } = await running.done;
    if (stdout === '') throw new Error(`the sampler said nothing: ${stderr}`);
    return JSON.parse(stdout) as Sampled;
  };
}
