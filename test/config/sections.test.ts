import { describe, expect, it } from 'vitest';
import { schema } from '../../src/config/schema.ts';
import { SECTIONS } from '../../src/config/sections/index.ts';
import { app, HEAD, WEB1 } from './bad-input.ts';
import { folder, load, refusal } from './in-folder.ts';

/** A file that a rule of the section refuses, and the key that is wrong. */
const REFUSED: Partial<Record<keyof typeof SECTIONS, [string, string]>> = {
  hosts: [HEAD, 'hosts'],
  apps: [app('path: /etc/web'), 'apps.web.path'],
  checks: [`${WEB1}checks: {disk: {warn: 96}}\n`, 'checks.disk'],
};

const AROUND = {
  root: '/project',
  home: '/home/dana',
  account: { user: 'dana', root: false },
  overrides: { auth: null, user: null },
  sourceOf: () => null,
  namedHosts: new Set<string>(),
};

describe('the sections are the whole', () => {
  it('of the schema: each key is one section, in their order', () => {
    const [keys, sections] = [Object.keys(SECTIONS), Object.values(SECTIONS)];
    expect(Object.keys(schema.shape)).toEqual(keys);
    expect(Object.values(schema.shape).filter((each, index) => each !== sections[index]?.schema)).toEqual([]);
  });

  it('of the config: each brings its own key at most, in their order', async () => {
    const config = await load(await folder({ 'ops.yaml': WEB1 }));
    const brought = Object.entries(SECTIONS).flatMap(([key, section]) =>
      Object.keys(section.normalize({}, AROUND, config)).map(each => [key, each]),
    );
    expect(brought.filter(([key, each]) => key !== each)).toEqual([]);
    expect(Object.keys(config)).toEqual(['file', 'root', 'digest', ...brought.map(([key]) => key), 'preflight', 'overrides']);
  });

  it('of the rules: each that has some is here', () => {
    const keys = Object.entries(SECTIONS).flatMap(([key, { rules }]) => (rules.length > 0 ? [key] : []));
    expect(Object.keys(REFUSED)).toEqual(keys);
  });

  it.each(Object.entries(REFUSED))('%s: its rules run', async (_, [text, key]) => {
    const { problems } = await refusal(await folder({ 'ops.yaml': text }));
    expect(problems.map(problem => problem.key)).toEqual([key]);
  });
});
