import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OpsError } from '../../src/errors.ts';
import { parsePins, printPins } from '../../src/tailnet/pins.ts';
import { makeKey, makePin, thrown } from './nodes.ts';

const web1 = makePin('web1', {
  machineId: '0123456789abcdef0123456789abcdef',
  hostKeys: [makeKey('web1'), makeKey('web1', 'ssh-rsa')],
});
const web2 = makePin('web2');

test('reads like a sentence, sorted, so that a diff shows what changed', () => {
  expect(printPins([web2, web1])).toBe(`# Who the hosts of ops.yaml are. Commit this file. Written by \`ops hosts pin\`.
version 1

host web1.lab.test
  tailnet lab.test
  node 1
  machine-id 0123456789abcdef0123456789abcdef
  key ${makeKey('web1')}
  key ${makeKey('web1', 'ssh-rsa')}

host web2.lab.test
  tailnet lab.test
  node 2
  key ${makeKey('web2')}
`);
});

test('what is written is read back, also with CRLF, comments and other indentation', () => {
  const text = printPins([web2, web1]);
  expect(parsePins(text)).toEqual([web1, web2]);
  expect(parsePins(text.replaceAll('\n', '\r\n'))).toEqual([web1, web2]);
  expect(parsePins(`${text.replaceAll('  ', '\t')}\n# end`)).toEqual([web1, web2]);
  expect(parsePins(printPins([]))).toEqual([]);
});

test.each([
  ['a machine-id', { machineId: '0123456789abcdef0123456789abcdef\nhost web2.lab.test' }],
  ['a name', { fqdn: 'web1.lab.test\n  node 9\nhost web2.lab.test' }],
  ['an id', { stableId: '1\n  node 9' }],
  ['a suffix', { suffix: 'lab.test\nhost web2.lab.test' }],
  ['a key', { hostKeys: [`${makeKey('web1')}\n  key ${makeKey('web2')}`] }],
  ['no key', { hostKeys: [] }],
])('%s that speaks for another host is never written', (_what, said) => {
  expect(thrown(() => printPins([web2, { ...web1, ...said }]))).toMatchObject({ code: 'pins-unwritable' });
});

const block = `host web1.lab.test\n  tailnet lab.test\n  node 1\n  key ${makeKey('web1')}\n`;

describe('damage is named with its place, exit 2', () => {
  test.each([
    ['an empty file', '', '1:1', /expected the line `version 1`/],
    ['no version', block, '1:1', /expected the line `version 1` first$/],
    ['a newer version', `version 2\n${block}`, '1:9', /a newer ops wrote this file/],
    ['a merge conflict', `version 1\n<<<<<<< HEAD\n${block}`, '2:1', /merge conflict/],
    ['a fact without its host', 'version 1\n  node 1\n', '2:3', /expected a line `host NAME` first/],
    [
      'an unknown word',
      `version 1\n${block}  nod 1\n`,
      '6:3',
      /unknown word "nod"; expected host, key, tailnet or node or machine-id/,
    ],
    ['a fact twice', `version 1\n${block}  node 2\n`, '6:3', /node twice for web1\.lab\.test/],
    ['a host twice', `version 1\n${block}${block}`, '6:6', /web1\.lab\.test is pinned on line 2 already/],
    ['a host without a name', 'version 1\nhost\n', '2:5', /expected a MagicDNS name in lower case, found nothing/],
    ['a name with a blank', 'version 1\nhost web 1\n', '2:6', /expected a MagicDNS name/],
    ['a name that is an option', 'version 1\nhost -oProxyCommand=x\n', '2:6', /expected a MagicDNS name/],
    ['a cut key', `version 1\n${block}  key ${makeKey('x').slice(0, 40)}\n`, '6:7', /expected a public host key/],
    ['a key with more behind it', `version 1\n${block}  key ${makeKey('x')} comment\n`, '6:7', /expected a public host key/],
    ['a key twice', `version 1\n${block}  key ${makeKey('web1')}\n`, '6:7', /the same key twice/],
    ['a short machine-id', `version 1\n${block}  machine-id 0123\n`, '6:14', /expected 32 hexadecimal digits, found "0123"/],
    ['a host without facts', 'version 1\nhost web1.lab.test\n', '2:1', /web1\.lab\.test lacks tailnet, node, key/],
    ['a name of Object', `version 1\n${block}  constructor x\n`, '6:3', /unknown word "constructor"/],
  ])('%s', (_what, text, place, message) => {
    const error = thrown(() => parsePins(text));
    expect(error).toMatchObject({ code: 'pins-damaged', exitCode: 2 });
    expect(error.problems).toContainEqual({ at: `ops.pins:${place}`, message: expect.stringMatching(message) });
  });

  test('all problems at once', () => {
    const error = thrown(() => parsePins(`version 1\nhost WEB1\n  node ?\n  colour red\n${block}`));
    expect(error.problems).toHaveLength(4);
    expect(error.message).toBe('4 problems in ops.pins');
  });
});

describe('for all', () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
  const pin = fc.record({
    suffix: name.map(label => `${label}.ts.net`),
    stableId: fc.stringMatching(/^[A-Za-z0-9]{1,20}$/),
    fqdn: name.map(label => `${label}.lab.test`),
    hostKeys: fc
      .uniqueArray(
        fc.string().map(seed => makeKey(seed)),
        { minLength: 1, maxLength: 3 },
      )
      .map(keys => keys.sort()),
    machineId: fc.option(fc.stringMatching(/^[0-9a-f]{32}$/)),
  });

  test('pins: printed and parsed they are the same', () => {
    fc.assert(
      fc.property(fc.uniqueArray(pin, { selector: one => one.fqdn, maxLength: 5 }), pins => {
        expect(parsePins(printPins(pins))).toEqual(pins.sort((a, b) => (a.fqdn < b.fqdn ? -1 : 1)));
      }),
    );
  });

  test('texts: pins or pins-damaged, nothing else is thrown', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('version 1', 'host web1.lab.test', '  node 1', '  key x', '=======', `  key ${makeKey('a')}`),
    );
    fc.assert(
      fc.property(fc.array(line), lines => {
        try {
          parsePins(lines.join('\n'));
        } catch (error) {
          expect(error).toBeInstanceOf(OpsError);
          expect((error as OpsError).problems.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('a cut at any byte inside a block is never read as fewer facts of that host', () => {
    const text = printPins([web1]);
    const start = text.indexOf('host ');
    for (let end = start + 1; end < text.length - 1; end++) {
      let pins: unknown = null;
      try {
        pins = parsePins(text.slice(0, end));
      } catch {
        continue;
      }
      // Only whole key lines may be missing: then ssh refuses the type that is gone, and trusts nothing new.
      expect(pins).toEqual([{ ...web1, hostKeys: [makeKey('web1')] }]);
    }
  });
});
