import { expect, it } from 'vitest';
import { app } from './bad-input.ts';
import { folder, lines, load, refusal } from './in-folder.ts';

const TEXT = app('env: {A: {env: WEB_TOKEN}, B: {env: APP_KEY}, C: {env: AWS_SECRET_ACCESS_KEY}, D: text}');
const of = (name: string, column: number, found: string) =>
  `ops.yaml:8:${column} apps.web.env.${name}.env: expected a variable that OPS_ENV_ALLOW names, found ${found}`;
const A = of('A', 20, 'WEB_TOKEN');
const B = of('B', 41, 'APP_KEY');
const C = of('C', 60, 'AWS_SECRET_ACCESS_KEY');

it.each<[string, string[]]>([
  ['WEB_TOKEN,APP_*', [C]],
  [' WEB_TOKEN , AWS_* ,', [B]],
  ['web_token,WEB_TOKE,WEB_TOKEN_,APP', [A, B, C]],
  ['', [A, B, C]],
  ['A', [A, B, C]],
])('OPS_ENV_ALLOW=%s refuses what it does not name, with its place', async (allow, expected) => {
  const error = await refusal(await folder({ 'ops.yaml': TEXT }), { env: { OPS_ENV_ALLOW: allow } });
  expect(lines(error)).toEqual(expected);
  expect([error.code, error.exitCode]).toEqual(['config-invalid', 2]);
});

it.each([undefined, '*', 'WEB_TOKEN,APP_KEY,AWS_SECRET_ACCESS_KEY', 'W*,A*'])(
  'OPS_ENV_ALLOW=%s lets all of it be read',
  async allow => {
    const config = await load(await folder({ 'ops.yaml': TEXT }), { env: { OPS_ENV_ALLOW: allow } });
    expect(config.apps.web!.env).toMatchObject({ A: { env: 'WEB_TOKEN' }, C: { env: 'AWS_SECRET_ACCESS_KEY' }, D: 'text' });
  },
);

it('a list that is none is refused, and allows nothing that it does not name', async () => {
  const error = await refusal(await folder({ 'ops.yaml': TEXT }), {
    env: { OPS_ENV_ALLOW: 'WEB_TOKEN APP_KEY,*_ACCESS_KEY,.*' },
  });
  const wrong = (found: string) =>
    `OPS_ENV_ALLOW: expected names with commas between them, such as WEB_TOKEN,APP_*, found "${found}"`;
  expect(lines(error)).toEqual([A, B, C, wrong('WEB_TOKEN APP_KEY'), wrong('*_ACCESS_KEY'), wrong('.*')]);
});
