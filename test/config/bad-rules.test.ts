import { expect, it } from 'vitest';
import { app, HEAD, host, type Row, refuses, WEB1 } from './bad-input.ts';
import { folder, lines, load, refusal } from './in-folder.ts';

const RULES: Row[] = [
  ['no hosts at all', HEAD, 'ops.yaml:1:1 hosts: missing: expected at least one host, such as web1: {}'],
  [
    'an address outside the tailnet',
    host('name: 192.168.1.5'),
    'ops.yaml:5:11 hosts.web1.name: expected a tailnet address (100.64.0.0/10), found 192.168.1.5',
  ],
  [
    'a public address as a key',
    `${HEAD}hosts:\n  203.0.113.7:\n`,
    'ops.yaml:4:3 hosts["203.0.113.7"]: expected a tailnet address (100.64.0.0/10), found 203.0.113.7',
  ],
  [
    'an address just above the range',
    host('name: 100.128.0.1'),
    'ops.yaml:5:11 hosts.web1.name: expected a tailnet address (100.64.0.0/10), found 100.128.0.1',
  ],
  [
    'no address at all',
    host('name: 100.64.0'),
    'ops.yaml:5:11 hosts.web1.name: expected a tailnet address (100.64.0.0/10), found 100.64.0',
  ],
  [
    'a name in another tailnet',
    host('name: web1.other.ts.net'),
    'ops.yaml:5:11 hosts.web1.name: expected a name in tail1234.ts.net, found web1.other.ts.net',
  ],
  [
    'one machine twice',
    `${WEB1}  again: {name: WEB1.tail1234.ts.net.}\n`,
    'ops.yaml:5:3 hosts.again: the same machine as hosts.web1',
  ],
  [
    'a user for local',
    `${HEAD}hosts: {local: {user: x}}\n`,
    'ops.yaml:3:17 hosts.local.user: has no meaning for local, the machine itself; expected privilege only',
  ],
  [
    'root without logging in as root',
    `${HEAD}hosts:\n  web1: {user: deploy, privilege: root}\n`,
    'ops.yaml:4:35 hosts.web1.privilege: expected sudo, doas or none, since deploy logs in; found root',
  ],
  [
    'an unknown host',
    app('').replace('hosts: web1', 'hosts: wbe1'),
    'ops.yaml:7:12 apps.web.hosts: unknown host wbe1; did you mean web1?',
  ],
  [
    'a host that nothing is like',
    app('').replace('hosts: web1', 'hosts: [web1, database]'),
    'ops.yaml:7:19 apps.web.hosts[1]: unknown host database; expected web1, local',
  ],
  [
    'a host named twice',
    app('').replace('hosts: web1', 'hosts: [web1, web1]'),
    'ops.yaml:7:19 apps.web.hosts[1]: named twice: web1',
  ],
  [
    'a system directory',
    app('path: /srv/'),
    "ops.yaml:8:11 apps.web.path: expected a directory of the app's own, such as /srv/web, found a system directory: /srv",
  ],
  [
    'a directory of the system',
    app('path: /etc/web'),
    "ops.yaml:8:11 apps.web.path: expected a directory of the app's own, such as /srv/web, found one in /etc",
  ],
  [
    'two apps in one path',
    `${app('')}  api: {hosts: [web1], path: /srv/web/api}\n`,
    'ops.yaml:9:30 apps.api.path: /srv/web/api overlaps with /srv/web of apps.web, also on web1',
  ],
  ['shared inside shared', app('shared: [data/x, ./data/]'), 'ops.yaml:8:22 apps.web.shared[1]: data overlaps with data/x'],
  [
    'a shell command as text',
    app('checks: ["a && b"]'),
    'ops.yaml:8:14 apps.web.checks[0]: no shell reads this; expected a list of words, such as [sh, -c, "…"]',
  ],
  ['warn above fail', `${WEB1}checks: {disk: {warn: 96}}\n`, 'ops.yaml:5:16 checks.disk: expected warn ≤ fail, found 96 > 95'],
  [
    'run and unit',
    app('services: {a: {run: x, unit: a.service, user: web}}'),
    'ops.yaml:8:16 apps.web.services.a: expected run or unit, found both',
    'ops.yaml:8:34 apps.web.services.a.unit: expected a unit file, found nothing at ROOT/a.service',
  ],
  ...['&&', '||', '|', '>', '>>', '2>&1', '>/dev/null', '<', ';', '&'].map((word): [string, string, string] => [
    `a command line with ${word}`,
    app(`services: {a: {run: "./migrate ${word} ./serve", user: web}}`),
    `ops.yaml:8:25 apps.web.services.a.run: no shell reads this, so ${word} means nothing; expected sh -c '…', or a script of the release such as ./start.sh`,
  ]),
  [
    'a user for an existing unit',
    app('services: {nginx: {user: www-data}}'),
    'ops.yaml:8:24 apps.web.services.nginx.user: only a unit made from run takes a user; the unit itself says User=',
  ],
  [
    'run without a user',
    app('services: {a: {run: node server.js}}'),
    'ops.yaml:6:3 apps.web.user: missing: expected the account that services.a runs as',
  ],
  [
    'a unit file with another ending',
    app('services: {a: {unit: ops.yaml}}'),
    'ops.yaml:8:26 apps.web.services.a.unit: expected a file that is named like worker.service, found ops.yaml',
  ],
  [
    'a template as a unit file',
    app('services: {a: {unit: a@.service}}'),
    'ops.yaml:8:26 apps.web.services.a.unit: expected a file that is named like worker.service, found a@.service',
  ],
  [
    'one unit twice',
    app('services: {a: , a.service: }'),
    'ops.yaml:8:21 apps.web.services["a.service"]: a.service is services.a already',
  ],
  [
    'one unit, two owners',
    `${app('services: {a: {run: x, user: web}}')}  api: {hosts: web1, services: {a: }}\n`,
    'ops.yaml:9:33 apps.api.services.a: a.service belongs to apps.web already, also on web1',
  ],
  [
    'another user without privilege',
    `${HEAD}hosts:\n  web1: {user: dana, privilege: none}\napps:\n  web: {hosts: web1, user: web}\n`,
    'ops.yaml:6:28 apps.web.user: expected dana, since dana logs in to web1 with privilege none; found web',
  ],
  ['a probe that asks nothing', app('probes: [{}]'), 'ops.yaml:8:14 apps.web.probes[0]: expected http or tcp, found neither'],
  [
    'a probe that asks two things',
    app('probes: [{http: "http://a/", tcp: "a:1"}]'),
    'ops.yaml:8:14 apps.web.probes[0]: expected http or tcp, found both',
  ],
  [
    'a status of a port',
    app('probes: [{tcp: "a:1", status: 200}]'),
    'ops.yaml:8:27 apps.web.probes[0].status: only an http probe has an answer to read',
  ],
  [
    'one probe id twice',
    app('probes: [{tcp: "a:1", id: x}, {tcp: "a:2", id: x}]'),
    'ops.yaml:8:52 apps.web.probes[1].id: expected an id of its own, found x again',
  ],
  [
    'the operator asking itself',
    app('probes: [{http: "http://127.0.0.1:3/", from: operator}]'),
    'ops.yaml:8:21 apps.web.probes[0].http: from the operator, 127.0.0.1 is this machine; expected {host} in its place',
  ],
  ...[
    ['http://2130706433/', '127.0.0.1 is this machine; expected {host} in its place'],
    ['http://0x7f.1:3/', '127.0.0.1 is this machine; expected {host} in its place'],
    ['http://0177.0.0.1/', '127.0.0.1 is this machine; expected {host} in its place'],
    ['http://[::]/', ':: is this machine; expected {host} in its place'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1 is this machine; expected {host} in its place'],
    ['http://LOCALHOST/', 'localhost is this machine; expected {host} in its place'],
    ...[
      ['http://169.254.169.254/', '169.254.169.254'],
      ['http://2852039166/', '169.254.169.254'],
      ['http://[::ffff:169.254.169.254]/', '::ffff:a9fe:a9fe'],
      ['http://[fe80::1]/', 'fe80::1'],
      ['http://metadata.google.internal/{host}', 'metadata.google.internal'],
      ['http://own.invalid/{host}', 'own.invalid'],
      ['http://web1.tail1234.ts.net.evil.test/', 'web1.tail1234.ts.net.evil.test'],
      ['http://100.64.0.1/', '100.64.0.1'],
      ['http://256.1.1.1.1/', 'http://256.1.1.1.1/'],
    ].map(([url, found]) => [url, `expected {host} or a host of ops.yaml, found ${found}; from: host may ask it`]),
  ].map(([url, message]): [string, string, string] => [
    `the operator asking ${url}`,
    app(`probes: [{http: "${url}", from: operator}]`),
    `ops.yaml:8:21 apps.web.probes[0].http: from the operator, ${message}`,
  ]),
  [
    'the operator asking a port of another',
    app('probes: [{tcp: "0x7f.1:80", from: operator}, {tcp: "db.test:5432", from: operator}]'),
    'ops.yaml:8:20 apps.web.probes[0].tcp: from the operator, 127.0.0.1 is this machine; expected {host} in its place',
    'ops.yaml:8:56 apps.web.probes[1].tcp: from the operator, expected {host} or a host of ops.yaml, found db.test; from: host may ask it',
  ],
  ['a missing source', app('source: dist'), 'ops.yaml:8:13 apps.web.source: expected a directory, found nothing at ROOT/dist'],
  [
    'a file as the source',
    app('source: {dir: ops.yaml}'),
    'ops.yaml:8:19 apps.web.source.dir: expected a directory, found a file at ROOT/ops.yaml',
  ],
  [
    'git without a work tree',
    app('source: {git: HEAD}'),
    'ops.yaml:8:13 apps.web.source: expected a git work tree around ROOT, found none',
  ],
  [
    'a missing unit file',
    app('services: {a: {unit: deploy/a.service}}'),
    'ops.yaml:8:26 apps.web.services.a.unit: expected a unit file, found nothing at ROOT/deploy/a.service',
  ],
];

refuses(RULES);

it.each([
  "sh -c './migrate && exec ./serve > log'",
  'sh -c "a | b; c"',
  "./serve --greeting 'it\\'s > that'",
  './serve a>b --x=a|b',
])('a command line such as %s is left to systemd', async run => {
  const root = await folder({ 'ops.yaml': app(`services: {a: {run: ${JSON.stringify(run)}, user: web}}`) });
  expect((await load(root)).apps.web!.services).toMatchObject([{ run }]);
});

it('lets the operator ask the hosts of ops.yaml, by each of their names, and a host whatever it can reach', async () => {
  const hosts = '  db: {name: db1.tail1234.ts.net}\n  old: {name: 100.64.0.7}\n';
  const targets = ['web1', 'WEB1.tail1234.ts.net', 'db1', 'db1.tail1234.ts.net', '100.64.0.7', '{host}'];
  const probes = targets.map(
    target => `{http: "http://${target}:3000/{host}", from: operator}, {tcp: "${target}:1", from: operator}`,
  );
  const text = app(`probes: [${probes.join(', ')}, {http: "http://169.254.169.254/"}, {tcp: "db.test:1"}]`);
  const root = await folder({ 'ops.yaml': text.replace('apps:\n', `${hosts}apps:\n`) });
  expect((await load(root)).apps.web!.probes).toHaveLength(2 * targets.length + 2);
});

it('lets an app of this machine alone be asked at its loopback', async () => {
  const probes = 'probes: [{http: "http://127.0.0.1:1/", from: operator}, {http: "http://localhost:1/", from: operator}]';
  const root = await folder({ 'ops.yaml': app(probes).replace('hosts: web1', 'hosts: local') });
  expect((await load(root)).apps.web!.probes).toHaveLength(2);
});

it('shows what the shape and what the rules refuse together', async () => {
  const root = await folder({ 'ops.yaml': `${WEB1}    port: x\napps:\n  web: {hosts: [web9, -y], source: nope}\n` });
  expect(lines(await refusal(root)).map(line => line.split(' ', 2).join(' '))).toEqual([
    'ops.yaml:5:11 hosts.web1.port:',
    'ops.yaml:7:17 apps.web.hosts[0]:',
    'ops.yaml:7:23 apps.web.hosts[1]:',
    'ops.yaml:7:36 apps.web.source:',
  ]);
});

it('does not blame what hangs on something broken', async () => {
  const root = await folder({
    'ops.yaml': `${HEAD}hosts:\n  web1: 5\napps:\n  web: {hosts: web1, user: A, services: {a: {run: x}}}\n`,
  });
  expect(lines(await refusal(root)).map(line => line.split(' ', 2).join(' '))).toEqual([
    'ops.yaml:4:9 hosts.web1:',
    'ops.yaml:6:28 apps.web.user:',
  ]);
});

it('does not call a host unknown when it is the list of hosts that is broken', async () => {
  const root = await folder({
    'ops.yaml': `${HEAD}hosts: [web1]\napps:\n  web: {hosts: web1}\nchecks: {disk: {fail: 50, warn: x}}\n`,
  });
  expect(lines(await refusal(root)).map(line => line.split(' ', 2).join(' '))).toEqual([
    'ops.yaml:3:8 hosts:',
    'ops.yaml:6:33 checks.disk.warn:',
  ]);
});

it('judges root by the login that was written, not by one that was refused', async () => {
  const root = await folder({ 'ops.yaml': `${HEAD}defaults: {user: deploy}\nhosts:\n  web1: {user: A, privilege: root}\n` });
  expect(lines(await refusal(root)).map(line => line.split(' ', 2).join(' '))).toEqual(['ops.yaml:5:16 hosts.web1.user:']);
});
