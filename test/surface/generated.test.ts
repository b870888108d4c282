import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generatedFiles, withExitCodes } from '../../scripts/generated.ts';
import { ROOT } from '../../scripts/program.ts';

const generated = await generatedFiles();

test.each(generated)('$path is current', ({ path, content }) => {
  const why = `${path} does not follow from the source any more. When the change is meant: npm run snapshot, and commit it.`;
  expect(readFileSync(`${ROOT}${path}`, 'utf8'), why).toBe(content);
});

test('the table of exit codes takes the place of what stood between its markers', () => {
  const text = withExitCodes('# ops\n<!-- exit-codes -->\nold\n<!-- /exit-codes -->\nmore\n');
  expect(text).toMatch(/^# ops\n<!-- exit-codes -->\n\| exit \| means \|\n/);
  expect(text).toContain('| 20 | lock held |\n');
  expect(text).toMatch(/\n<!-- \/exit-codes -->\nmore\n$/);
  expect(text).not.toContain('old');
  expect(() => withExitCodes('# ops\n')).toThrow('lost its markers');
});
