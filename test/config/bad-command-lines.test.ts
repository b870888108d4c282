import { app, type Row, refuses } from './bad-input.ts';

const row = (run: string, problem: string): Row => [
  `run: ${JSON.stringify(run)}`,
  app(`services: {a: {run: ${JSON.stringify(run)}, user: web}}`),
  `ops.yaml:8:25 apps.web.services.a.run: ${problem}`,
];
const raw = String.raw;

/** Root's, or a failure that is none: what systemd takes off a program. Quotes and escapes hide it from whoever only looks. */
const prefixed: [string, string][] = [
  ...['+', '!', '!!', '-', '@', ':', '|', '-+'].map((prefix): [string, string] => [`${prefix}/bin/serve`, prefix]),
  ['"+/bin/serve" now', '+'],
  ["'!'/bin/serve", '!'],
  [raw`\x2b/bin/serve`, '+'],
  [raw`\053/bin/serve`, '+'],
  [raw`"\u002b"/bin/serve`, '+'],
];
/** They would take the next line of the unit along: `Restart=`, or `User=` where somebody moves it. */
const open = [raw`serve \ `.trim(), raw`serve "a\"`, "serve 'it", 'serve "a', raw`serve \' ; User=root '`];

refuses([
  ...prefixed.map(([run, prefix]) =>
    row(run, `expected a program, found ${prefix} before it; such prefixes are for a unit: file`),
  ),
  ...open.map(run => row(run, raw`expected each quote to end, and no \ at the end`)),
  row('""', 'expected a program as its first word'),
  row(
    raw`serve \' ; /bin/other \'`,
    "no shell reads this, so ; means nothing; expected sh -c '…', or a script of the release such as ./start.sh",
  ),
  ...['\n', '\r', '\0', '\u2028'].map(char =>
    row(
      `serve${char}User=root`,
      `expected a command line, such as node server.js, found ${char === '\u2028' ? raw`"serve\u{2028}User=root"` : JSON.stringify(`serve${char}User=root`)}`,
    ),
  ),
]);
