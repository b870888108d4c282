/** Writes what follows from the source into the files that are committed: npm run snapshot */
import { readFileSync, writeFileSync } from 'node:fs';
import { generatedFiles } from './generated.ts';
import { ROOT } from './program.ts';

let changed = 0;
for (const { path, content } of await generatedFiles()) {
  if (current(path) === content) continue;
  writeFileSync(`${ROOT}${path}`, content);
  process.stderr.write(`wrote ${path}\n`);
  changed += 1;
}
process.stderr.write(
  changed === 0 ? 'All of it was current.\n' : 'Look at the difference: CONTRIBUTING.md says which changes break whom.\n',
);

function current(path: string): string | null {
  try {
    return readFileSync(`${ROOT}${path}`, 'utf8');
  } catch {
    return null;
  }
}
