import { HEAD, host, type Row, refuses, WEB1 } from './bad-input.ts';

const YAML: Row[] = [
  [
    'YAML syntax',
    'version: 1\nhosts: [web1\n',
    'ops.yaml:3:1 not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['an unclosed quote', 'version: "1\n', 'ops.yaml:2:1 not valid YAML: Missing closing "quote'],
  ['a tab as indentation', 'hosts:\n\tweb1:\n', 'ops.yaml:2:1 not valid YAML: Tabs are not allowed as indentation'],
  ['an empty file', '', 'ops.yaml:1:1 empty: expected version, tailnet, hosts and apps'],
  ['comments only', '# soon\n', 'ops.yaml:1:1 empty: expected version, tailnet, hosts and apps'],
  ['null', '~', 'ops.yaml:1:1 empty: expected version, tailnet, hosts and apps'],
  ['a scalar', 'hello', 'ops.yaml:1:1 expected a map, found text'],
  ['a list', '- a', 'ops.yaml:1:1 expected a map, found a list'],
  ['a closing bracket alone', ']', 'ops.yaml:1:1 not valid YAML: Unexpected flow-seq-end token in YAML document'],
  ['two documents', `${WEB1}---\na: 1\n`, 'ops.yaml:5:1 expected one YAML document, found a second one'],
  ['a duplicate key', `${WEB1}  web1:\n`, 'ops.yaml:5:3 hosts.web1: duplicate key: it stands on line 4 already'],
  [
    'a duplicate key in other quotes',
    `${WEB1}  "web1":\n`,
    'ops.yaml:5:3 hosts.web1: duplicate key: it stands on line 4 already',
  ],
  [
    'a merge key',
    `${HEAD}hosts:\n  web1: &a {}\n  web2: {<<: *a}\n`,
    'ops.yaml:5:10 hosts.web2["<<"]: merge keys are off: write the keys out, or use defaults',
  ],
  ['an alias without an anchor', host('user: *nobody'), 'ops.yaml:5:11 hosts.web1.user: no such anchor before this alias'],
  ['__proto__', `${WEB1}  __proto__: {user: root}\n`, 'ops.yaml:5:3 hosts.__proto__: unknown key'],
  ['a list as a key', `${WEB1}  [a]: 1\n`, 'ops.yaml:5:3 hosts: expected a plain key'],
  ['a directive', `%YAML 1.1\n---\n${WEB1}`, 'ops.yaml:1:1 expected YAML 1.2 without % directives'],
  ['a tag', host('user: !!binary aGk='), 'ops.yaml:5:20 hosts.web1.user: tags are off: write text in quotes'],
];

refuses(YAML);
