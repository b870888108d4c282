import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppLab, type Project, type Ran, startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';

/** Whatever is run at its login, this answers: it knows the nonce of the program, as whoever is root there does. */
const SHELL = `#!/bin/sh
nonce=$(sed -n 's/^nonce //p' | tail -n 1)
. /etc/hostile
`;

let lab: AppLab;
let project: Project;
let versions = 1;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {}, web2: {} } });
  project = await lab.project('borders', { hosts: ['web1', 'web2'] });
  await project.deploy();
  await lab.host('web2').write('/usr/local/bin/hostile', SHELL, { mode: '0755' });
  await lab.host('web2').must('usermod -s /usr/local/bin/hostile deploy');
});
afterAll(() => lab?.down());

/** Nothing in it is obeyed by a terminal or by what runs a job of CI. */
function expectHarmless({ stdout, stderr }: Ran): void {
  for (const line of `${stdout}\n${stderr}`.split('\n')) {
    expect(line).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(line).not.toMatch(/^\s*::|##[a-z]*\[/);
  }
}

const say = (...lines: string[]) => lines.map(line => `printf '@%s ${line}\\n' "$nonce"`).join('\n');
const FACTS = ['user deploy', 'uid 1001', 'home /home/deploy', 'privilege ok', 'os \\033[2J\\033]52;c;eA==\\a ##vso[task.x]y'];

test.each([
  [
    'controls, and commands of CI',
    `printf '\\033[2J\\033]0;x\\a\\r::error::gotcha\\n  ##[error]x\\n##vso[task.complete]x\\n'; exit 1`,
  ],
  ['100 MB in one line', `head -c 100000000 /dev/zero | tr '\\0' x`],
  ['100 MB in lines', `yes "@$nonce borders/edited /srv/borders/current/x" | head -c 100000000`],
  ['400,000 equal keys', `yes "@$nonce borders/run x=y" | head -n 400000; ${say('end 0')}`],
  ['complaints without an end', 'yes "::error::gotcha" | head -c 100000000 >&2'],
  [
    'keys that mean something here',
    say(
      ...FACTS,
      'tool __proto__ x',
      'borders/target marked borders',
      'borders/run run=r-1',
      'borders/run record=constructor x',
      '__proto__ x',
      'end 0',
    ),
  ],
  [
    'another machine, with the pin of a third',
    say(...FACTS, 'machine_id 0123456789abcdef0123456789abcdef\\\\x0a\\\\x0ahost web1.lab.test', 'borders/target none', 'end 0'),
  ],
])('a host that answers with %s is its own trouble', async (_what, answer) => {
  await lab.host('web2').write('/etc/hostile', `${answer}\n`);
  const pins = await project.operator.read(`${project.dir}/ops.pins`);
  const started = performance.now();
  const looked = await project.ops('preflight');
  expect(looked.code, looked.text).not.toBe(0);
  expect(looked.code, looked.text).not.toBe(70);
  expect(looked.text).toMatch(/^1 of 2 hosts not ready: web2 \([a-z-]+\) · exit \d+$/m);
  const ran = [looked, await project.ops('preflight --json'), await project.ops('status'), await project.ops('status --json')];
  for (const each of ran) expectHarmless(each);
  expect(ran[2]!.stdout).toMatch(/^borders +web1 +current /m);
  const version = String(++versions);
  await project.put(versionOf(version));
  const deployed = await project.ops('deploy --yes --host web1');
  expect(deployed.code, deployed.text).toBe(0);
  expect(performance.now() - started).toBeLessThan(60_000);
  await project.expectServes(version);
  expect(await project.operator.read(`${project.dir}/ops.pins`)).toBe(pins);
});
