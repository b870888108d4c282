import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseSource } from '../scripts/source-file.ts';
import { BROKEN_TREES } from './architecture/broken-trees.ts';
import { RULES } from './architecture/rules.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const paths = globSync('{bench,bin,lab,scripts,src,test}/**/*.{ts,js}', { cwd: ROOT })
  .filter(path => !/(^|\/)(node_modules|fixtures|demo-app)\//.test(path))
  .sort();

describe('the structure of the project', () => {
  const files = paths.map(path => parseSource(path, readFileSync(`${ROOT}${path}`, 'utf8')));

  test('is looked for in every file', () => {
    expect(files.map(file => file.path)).toEqual(
      expect.arrayContaining(['src/errors.ts', 'src/commands/deploy.ts', 'bin/run.js']),
    );
  });

  test.each(RULES)('$id', ({ mend, violations }) => {
    const found = violations(files);
    expect(found, `${found.join('\n')}\n→ ${mend}\n`).toEqual([]);
  });
});

describe('a rule sees what breaks it', () => {
  test.each(BROKEN_TREES)('$rule: $title', ({ rule, tree, at }) => {
    const files = Object.entries(tree).map(([path, text]) => parseSource(path, text));
    const found = RULES.find(each => each.id === rule)?.violations(files) ?? [];
    expect(found).not.toEqual([]);
    expect(found.filter(each => !each.startsWith(at))).toEqual([]);
  });

  test('and none is without such a tree', () => {
    const shown = new Set(BROKEN_TREES.map(tree => tree.rule));
    expect(RULES.map(rule => rule.id).filter(id => !shown.has(id))).toEqual([]);
  });

  test('and none sees what is not there', () => {
    const tree = {
      'src/plan/plan.ts':
        "import type { Config } from '../config/types.ts';\nexport const at = (date: Date): string => join(String(date));\nimport { join } from 'node:path';",
      'src/config/types.ts':
        "import * as z from 'zod';\n// A comment may say new Error( or console.log\nexport const text = 'throw new Error(';",
      'src/deploy/index.ts': "import { up } from '../staging/index.ts';\nexport const go = () => up();",
      'test/a.test.ts': "test.each([1])('only', () => {});",
    };
    const files = Object.entries(tree).map(([path, text]) => parseSource(path, text));
    expect(RULES.flatMap(rule => rule.violations(files))).toEqual([]);
  });
});
