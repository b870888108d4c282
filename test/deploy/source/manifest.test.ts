import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareManifests, createManifest, entryLine, modeChanges, parseManifest } from '../../../src/deploy/source/manifest.ts';

const sha = 'a'.repeat(64);
const file = (path: string, sha256 = sha, mode: 644 | 755 = 644) => entryLine({ type: 'file', path, mode, sha256 });
const folder = (path: string) => entryLine({ type: 'dir', path });

test('lines are tab-separated and sorted, and parse back to the same digest', () => {
  const manifest = createManifest([
    file('b'),
    folder('a'),
    entryLine({ type: 'link', path: 'c', target: '../x' }),
    file('a/z', sha, 755),
  ]);
  expect(manifest.lines).toEqual(['d\t755\t-\ta', `f\t644\t${sha}\tb`, `f\t755\t${sha}\ta/z`, 'l\t-\t../x\tc']);
  expect(parseManifest(`${manifest.lines.join('\n')}\n`)).toEqual(manifest);
});

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 6 })
  .filter(text => !/[\u0000-\u001f\u007f\\\ud800-\udfff/]/.test(text));

test('the order is the one that the host sorts by, also beyond ASCII', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(name, fc.constantFrom('é', 'z', '\u{1f600}', '\uffff', 'a b', 'ä')), { maxLength: 20 }),
      names => {
        const { lines } = createManifest(names.map(path => file(path)));
        const text = lines.map(line => `${line}\n`).join('');
        expect(execFileSync('sort', { input: text, env: { ...process.env, LC_ALL: 'C' }, encoding: 'utf8' })).toBe(text);
      },
    ),
    { numRuns: 40 },
  );
});

test('base minus drop plus add is the other manifest, whatever the two are', () => {
  const tree = fc.uniqueArray(fc.record({ path: name, content: fc.constantFrom('1', '2') }), {
    selector: item => item.path,
    maxLength: 12,
  });
  fc.assert(
    fc.property(tree, tree, (from, to) => {
      const make = (items: typeof from) => createManifest(items.map(item => file(item.path, item.content.repeat(64))));
      const [before, after] = [make(from), make(to)];
      const { add, drop, upload } = compareManifests(before, after);
      const rebuilt = [...before.lines.filter(line => !drop.includes(line)), ...add].sort((a, b) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
      );
      expect(rebuilt).toEqual(after.lines);
      expect(upload).toEqual(add.map(line => line.split('\t')[3]));
    }),
  );
});

test('modes that change are told for files that are the same otherwise', () => {
  const before = createManifest([file('run'), file('other'), file('gone', sha, 755), folder('d')]);
  const after = createManifest([file('run', sha, 755), file('other', '1'.repeat(64), 755), file('new', sha, 755), folder('d')]);
  expect(modeChanges(compareManifests(before, after))).toEqual([{ path: 'run', from: '644', to: '755' }]);
});

test('a changed mode is a changed file; nothing to compare with means everything', () => {
  const next = createManifest([file('run', sha, 755), folder('d')]);
  expect(compareManifests(createManifest([file('run'), folder('d')]), next)).toMatchObject({ upload: ['run'] });
  expect(compareManifests(null, next)).toMatchObject({ add: next.lines, drop: [], upload: ['run'] });
});
