import { expect, test } from 'vitest';
import { rootOf } from '../../../src/deploy/source/as-root.ts';
import { appConfig } from '../../support/app-config.ts';

const FILE = 'deploy/web.service';
const app = appConfig({ services: [{ kind: 'file', unit: 'web.service', file: FILE }] });
const said = (text: string) => rootOf(app, new Map([['web.service', text]]));
const start = 'ExecStart=/usr/bin/serve\n';

test.each([
  ['no account', `[Service]\n${start}`, `web.service (${FILE} has no User=)`],
  ['an account elsewhere', `[Unit]\nUser=web\n[Service]\n${start}[Install]\nUser=web\n`, `web.service (${FILE} has no User=)`],
  ['an account in a comment', `[Service]\n#User=web\n;User=web\n${start}`, `web.service (${FILE} has no User=)`],
  [
    'an account that a line before takes in',
    `[Service]\nExecStart=/usr/bin/serve \\\n# \\\nUser=web\n`,
    `web.service (${FILE} has no User=)`,
  ],
  ['an account that is taken back', `[Service]\nUser=web\nUser=\n${start}`, `web.service (${FILE} has no User=)`],
  ['root by name', `[Service]\nUser=web\r\n User = root\r\n${start}`, `web.service (${FILE} has User=root)`],
  ['root by number', `[Service]\nUser=0\n${start}`, `web.service (${FILE} has User=0)`],
  ['root by a specifier', `[Service]\nUser=%u\n${start}`, `web.service (${FILE} has User=%u)`],
  ['a line of carriage returns', `[Service]\rUser=web\rUser=root\r${start}`, `web.service (${FILE} has User=root)`],
  ['the power of root', `[Service]\nUser=web\nExecStart=+/usr/bin/serve\n`, 'ExecStart=+/usr/bin/serve of web.service'],
  ['that in quotes', `[Service]\nUser=web\nExecStart="-!/usr/bin/serve" x\n`, 'ExecStart=-!/usr/bin/serve of web.service'],
  ['that as an escape', `[Service]\nUser=web\nExecStart=\\x2b/usr/bin/serve\n`, 'ExecStart=+/usr/bin/serve of web.service'],
  ['that of a second command', `[Service]\nUser=web\n${start}ExecStartPre=/a ; +/b\n`, 'ExecStartPre=+/b of web.service'],
  ['that of a line that goes on', `[Service]\nUser=web\n${start}ExecStop=\\\n  !!/a\n`, 'ExecStop=!!/a of web.service'],
  [
    'all but the start',
    `[Service]\nUser=web\nPermissionsStartOnly=yes\n${start}ExecStartPre=/a\n`,
    'ExecStartPre=/a of web.service',
  ],
  [
    'an account that a blank behind a backslash may take in',
    `[Service]\nExecStart=/usr/bin/serve \\ \nUser=web\n`,
    `web.service (${FILE} has no User=)`,
  ],
  [
    'a command that it may take in',
    `[Service]\nUser=web\nExecStart=/usr/bin/serve \\ \nExecStop=+/a\n`,
    'ExecStop=+/a of web.service',
  ],
])('%s is said', (_what, text, expected) => {
  expect(said(text)).toEqual([expected]);
});

test.each([
  ['an account', `[Service]\nUser=web\n${start}`],
  ['a dynamic one', `[Service]\nDynamicUser=yes\n${start}`],
  ['other prefixes', '[Service]\nUser=web\nExecStart=-@:/usr/bin/serve + "; +/b"\n'],
  ['a value that goes on', '[Service]\nExecStart=/usr/bin/serve \\\n  --now\nUser=web'],
  ['two backslashes at an end', '[Service]\nExecStart=/usr/bin/serve \\\\\nUser=web'],
])('with %s nothing is', (_what, text) => {
  expect(said(text)).toEqual([]);
});

test('a command line is root where ops.yaml says so; what was on the host before is not ours to tell of', () => {
  const services = [
    { kind: 'run', unit: 'a.service', run: 'x', user: 'root' },
    { kind: 'run', unit: 'b.service', run: 'x', user: 'web' },
    { kind: 'existing', unit: 'nginx.service' },
  ] as const;
  expect(rootOf(appConfig({ services }), new Map())).toEqual(['a.service (user: root in ops.yaml)']);
});
