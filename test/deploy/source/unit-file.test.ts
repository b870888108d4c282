import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastValue, programsOf, serviceSettings } from '../../../src/deploy/source/unit-file.ts';
import { readBySystemd } from '../../support/systemd.ts';

const LINES = [
  ...[
    'User=web',
    'User=root',
    'User=',
    'ExecStart=/bin/a',
    'ExecStartPre=/bin/b x',
    'ExecStop=-/bin/c ; /bin/d',
    ' ; ',
    '=',
    'x',
  ],
  ...[
    '[Service]\n',
    '[Unit]\n',
    '[Service] \n',
    '\n',
    '\n',
    '\n',
    '\r',
    '\r\n',
    '\n\r',
    '\\\n',
    '\\ \n',
    '\\\\\n',
    '#',
    ';',
    '# x\n',
    '  ',
    '\t',
  ],
];
const unit = fc.array(fc.constantFrom(...LINES), { minLength: 3, maxLength: 14 }).map(parts => `[Service]\n${parts.join('')}\n`);

test('the account and the programs of a unit file are those that systemd itself reads', () => {
  const texts = fc.sample(unit, { numRuns: 1000, seed: 20261129 });
  const read = readBySystemd(Object.fromEntries(texts.map((text, index) => [`u${index}.service`, text])));
  let compared = 0;
  for (const [index, text] of texts.entries()) {
    const settings = serviceSettings(text);
    const user = lastValue(settings, 'User');
    const seen = read.get(`u${index}.service`);
    // What else may stand there no account is called, and systemd takes none of the unit.
    if (!seen || seen.commands.length === 0 || !/^(?:web|root)?$/.test(user)) continue;
    compared += 1;
    const programs = programsOf(settings).map(({ path }) => path);
    expect([text, user, programs.sort()]).toEqual([text, seen.user, seen.commands.map(([program]) => program).sort()]);
  }
  expect(compared).toBeGreaterThan(50);
});
