import { app, HEAD, host, type Row, refuses, WEB1 } from './bad-input.ts';

const ACCOUNT = 'expected an account name of lower-case letters, digits, - and _, such as deploy';
const ABSOLUTE = 'expected an absolute path without .. , blanks or quotes, such as /srv/web';
const RELATIVE = 'expected a relative path without .. , such as deploy/web.service';
const HOST_ID = 'expected a host name of lower-case letters, digits, - and ., such as web1';
const TIME = (min: string, max: string) => `expected a time from ${min} to ${max}, such as 30s, 500ms, 2m or 14d`;
const URL =
  'expected an http:// or https:// URL without a user name, a password or a #fragment, such as http://127.0.0.1:3000/health';

const SHAPE: Row[] = [
  [
    'an unknown key',
    `${WEB1}colour: red\n`,
    'ops.yaml:5:1 colour: unknown key; expected version, tailnet, defaults, hosts, apps, checks',
  ],
  ['a misspelt key', app('servces: {}'), 'ops.yaml:8:5 apps.web.servces: unknown key; did you mean services?'],
  ['swapped letters', host('prot: 22'), 'ops.yaml:5:5 hosts.web1.prot: unknown key; did you mean port?'],
  ['a wrong type', host('port: 70000'), 'ops.yaml:5:11 hosts.web1.port: expected a port from 1 to 65535, found 70000'],
  ['a port in quotes', host('port: "22"'), 'ops.yaml:5:11 hosts.web1.port: expected a port from 1 to 65535, found "22"'],
  ['a port with a fraction', host('port: 22.5'), 'ops.yaml:5:11 hosts.web1.port: expected a port from 1 to 65535, found 22.5'],
  ['a list for a map', `${HEAD}hosts: [web1]\n`, 'ops.yaml:3:8 hosts: expected a map, found a list'],
  [
    'two faults in one file',
    `${HEAD}hosts:\n  web1: {port: 0}\napps:\n  web: {hots: web1}\n`,
    'ops.yaml:4:16 hosts.web1.port: expected a port from 1 to 65535, found 0',
    'ops.yaml:6:3 apps.web.hosts: missing: expected a host, or a list of hosts',
    'ops.yaml:6:9 apps.web.hots: unknown key; did you mean hosts?',
  ],
  [
    'nothing but a host',
    'hosts: {web1: }',
    'ops.yaml:1:1 version: missing: expected 1',
    'ops.yaml:1:1 tailnet: missing: expected the MagicDNS suffix of the tailnet, such as tail1234.ts.net',
  ],
  ['another version', WEB1.replace('1', '2'), 'ops.yaml:1:10 version: expected 1, found 2'],
  [
    'a tailnet without a dot',
    WEB1.replace('.ts.net', ''),
    'ops.yaml:2:10 tailnet: expected the MagicDNS suffix of the tailnet, such as tail1234.ts.net, found "tail1234"',
  ],
  ['a host name with a space', `${HEAD}hosts:\n  "web 1": {}\n`, `ops.yaml:4:3 hosts["web 1"]: ${HOST_ID}, found "web 1"`],
  [
    'a host name with a leading -',
    `${HEAD}hosts:\n  -oProxyCommand=x: {}\n`,
    `ops.yaml:4:3 hosts["-oProxyCommand=x"]: ${HOST_ID}, found "-oProxyCommand=x"`,
  ],
  [
    'a name with a leading -',
    host('name: -web'),
    'ops.yaml:5:11 hosts.web1.name: expected a MagicDNS name such as web1, or a tailnet address such as 100.64.0.1, found "-web"',
  ],
  ['a user with $', host('user: we$b'), `ops.yaml:5:11 hosts.web1.user: ${ACCOUNT}, found "we$b"`],
  ['a user with a newline', host('user: "a\\n"'), `ops.yaml:5:11 hosts.web1.user: ${ACCOUNT}, found "a\\n"`],
  ['an unknown auth mode', host('auth: key'), 'ops.yaml:5:11 hosts.web1.auth: expected keys or tailscale_ssh, found "key"'],
  [
    'a relative key file',
    host('key: id_rsa'),
    'ops.yaml:5:10 hosts.web1.key: expected an absolute path or one below ~/, without .. , quotes or $, such as ~/.ssh/id_ed25519, found "id_rsa"',
  ],
  [
    'an app without hosts',
    `${WEB1}apps:\n  web: {path: /srv/web}\n`,
    'ops.yaml:6:3 apps.web.hosts: missing: expected a host, or a list of hosts',
  ],
  [
    'an app with an empty list of hosts',
    `${WEB1}apps:\n  web: {hosts: []}\n`,
    'ops.yaml:6:16 apps.web.hosts: expected at least one host, found an empty list',
  ],
  [
    'an app id with a dot',
    `${WEB1}apps:\n  a.timer: {hosts: web1}\n`,
    'ops.yaml:6:3 apps["a.timer"]: expected a name of at most 48 letters, digits, - and _, such as web, found "a.timer"',
  ],
  ['.. in a path', app('path: /srv/../etc'), `ops.yaml:8:11 apps.web.path: ${ABSOLUTE}, found "/srv/../etc"`],
  ['a relative path', app('path: srv/web'), `ops.yaml:8:11 apps.web.path: ${ABSOLUTE}, found "srv/web"`],
  ['a path with a variable', app('path: /srv/$HOME'), `ops.yaml:8:11 apps.web.path: ${ABSOLUTE}, found "/srv/$HOME"`],
  [
    '.. in the source',
    app('source: ../secrets'),
    'ops.yaml:8:13 apps.web.source: expected a directory relative to ops.yaml, without .. , such as . or app, found "../secrets"',
  ],
  [
    'a misspelt key in the source',
    app('source: {gti: HEAD}'),
    'ops.yaml:8:14 apps.web.source.gti: unknown key; did you mean git?',
  ],
  [
    'a git option as a ref',
    app('source: {git: --upload-pack=x}'),
    'ops.yaml:8:19 apps.web.source.git: expected a git branch, tag or commit, such as HEAD, found "--upload-pack=x"',
  ],
  ['.. in a shared path', app('shared: [data, a/../../b]'), `ops.yaml:8:20 apps.web.shared[1]: ${RELATIVE}, found "a/../../b"`],
  [
    'an absolute exclude',
    app('source: {exclude: [/etc]}'),
    `ops.yaml:8:24 apps.web.source.exclude[0]: ${RELATIVE}, found "/etc"`,
  ],
  [
    'a service named like our own units',
    app('services: {ops-app-web: }'),
    'ops.yaml:8:16 apps.web.services.ops-app-web: expected the name of a systemd service, such as worker or worker@1, found "ops-app-web"',
  ],
  [
    'a template as a service',
    app('services: {w@.service: }'),
    'ops.yaml:8:16 apps.web.services["w@.service"]: expected the name of a systemd service, such as worker or worker@1, found "w@.service"',
  ],
  [
    'more than a hundred shared paths',
    app(`shared: [${Array.from({ length: 101 }, (_, index) => `p${index}`).join(', ')}]`),
    'ops.yaml:8:13 apps.web.shared: expected at most 100 paths, found a list',
  ],
  [
    'a timer as a service',
    app('services: {backup.timer: }'),
    'ops.yaml:8:16 apps.web.services["backup.timer"]: expected the name of a systemd service, such as worker or worker@1, found "backup.timer"',
  ],
  [
    'a command reference',
    app('env: {A: {command: [op, read]}}'),
    'ops.yaml:8:15 apps.web.env.A.command: expected {env: NAME}: a {command: …} reference waits for ops trust',
  ],
  [
    'a list as a value',
    app('env: {A: [hunter2]}'),
    'ops.yaml:8:14 apps.web.env.A: expected text, a number, true, false or {env: NAME}, found a list',
  ],
  [
    'a value that may be a secret',
    app('env: {A: "hunter2\\0"}'),
    'ops.yaml:8:14 apps.web.env.A: expected text without NUL, found text',
  ],
  [
    'a variable with a dash',
    app('env: {A-B: 1}'),
    'ops.yaml:8:11 apps.web.env.A-B: expected the name of an environment variable, such as PORT, found "A-B"',
  ],
  [
    'a check that is a number',
    app('checks: [1]'),
    'ops.yaml:8:14 apps.web.checks[0]: expected a command: text, or a list of words, found 1',
  ],
  ['a probe over ftp', app('probes: [{http: "ftp://x/"}]'), `ops.yaml:8:21 apps.web.probes[0].http: ${URL}, found "ftp://x/"`],
  [
    'a password in a URL',
    app('probes: [{http: "http://u:hunter2@x/"}]'),
    `ops.yaml:8:21 apps.web.probes[0].http: ${URL}, found "http://[REDACTED]@x/"`,
  ],
  [
    'a tcp probe without a port',
    app('probes: [{tcp: localhost}]'),
    'ops.yaml:8:20 apps.web.probes[0].tcp: expected HOST:PORT, such as 127.0.0.1:5432, found "localhost"',
  ],
  [
    'a status that is none',
    app('probes: [{tcp: "a:1"}, {http: "http://a/", status: [200, 2]}]'),
    'ops.yaml:8:62 apps.web.probes[1].status[1]: expected an HTTP status from 100 to 599, found 2',
  ],
  ['a time without a unit', app('stable: soon'), `ops.yaml:8:13 apps.web.stable: ${TIME('1s', '1h')}, found "soon"`],
  ['a time out of range', app('start: 2h'), `ops.yaml:8:12 apps.web.start: ${TIME('1s', '1h')}, found "2h"`],
  ['a negative time', `${WEB1}checks: {clock: -1}\n`, `ops.yaml:5:17 checks.clock: ${TIME('100ms', '1h')}, found -1`],
  ['a terminal escape', host('user: "\\e[2J\\u202e"'), `ops.yaml:5:11 hosts.web1.user: ${ACCOUNT}, found "\\u001b[2J\\u{202e}"`],
  [
    'a terminal escape in a key',
    `${WEB1}"\\e[2J": 1\n`,
    'ops.yaml:5:1 ["\\u001b[2J"]: unknown key; expected version, tailnet, defaults, hosts, apps, checks',
  ],
];

refuses(SHAPE);
