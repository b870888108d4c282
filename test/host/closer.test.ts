import { hash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocks } from '../../src/host/answer.ts';
import { runProgram } from '../../src/host/host.ts';
import { closedPort } from '../support/closed-port.ts';
import { listening } from '../support/listening.ts';
import { scratch } from './support/scratch.ts';
import { LocalHost, SHELLS } from './support/shell.ts';

/** A host that serves release A with one file; an adopted one lies where it was found. */
function serving(shell: string, adopted?: string) {
  const home = scratch();
  const [path, state] = [join(home, 'srv'), join(home, '.local/state/ops/apps/web/releases/A')];
  const link = adopted?.replace('~', home) ?? 'releases/A';
  const tree = resolve(path, link);
  for (const dir of [path, tree, state]) mkdirSync(dir, { recursive: true });
  writeFileSync(join(tree, 'server.js'), 'x', { mode: 0o644 });
  if (adopted === undefined) writeFileSync(join(state, 'manifest'), `f\t644\t${hash('sha256', 'x')}\tserver.js\n`);
  writeFileSync(join(state, 'meta'), `id=A\n${adopted === undefined ? '' : `link=${link}\n`}`);
  symlinkSync(link, join(path, 'current'));
  const host = new LocalHost(home, shell);
  const params = (look: string) => ({ app: 'web', path, look });
  const call = { program: 'closer', privilege: 'none', deadlineMs: 20_000, mutates: false } as const;
  const look = (what: string) => runProgram(host, { ...call, params: params(what) });
  return { look, path, tree, state };
}

describe.each(Object.keys(SHELLS))('a closer look under %s', shell => {
  test.each<[string, (at: ReturnType<typeof serving>) => void, string | undefined]>([
    ['is as its manifest says', () => {}, undefined],
    ['was edited', ({ tree }) => writeFileSync(join(tree, 'server.js'), 'y'), 'server.js: not the content of the manifest'],
    ['has another mode', ({ tree }) => chmodSync(join(tree, 'server.js'), 0o666), 'server.js is not as in the manifest'],
    ['lacks a file', ({ tree }) => rmSync(join(tree, 'server.js')), 'server.js is not as in the manifest'],
    ['has one more', ({ tree }) => writeFileSync(join(tree, 'more'), ''), 'more is not as in the manifest'],
  ])('at a tree that %s', async (_, change, differs) => {
    const at = serving(shell);
    change(at);
    const answer = await at.look('tree');
    expect([answer.get('differs'), answer.get('tree')]).toEqual([differs, differs === undefined ? 'same' : undefined]);
  });

  test.each(['~/opt/by-hand', 'v1'])('at an adopted release in %s: its probes are asked, and it has no manifest', async place => {
    const at = serving(shell, place);
    expect((await at.look('tree')).get('unknown')).toBe('it has no manifest: what its files should be is not known');
    const port = await closedPort();
    writeFileSync(join(at.state, 'spec'), `user web\nprobe page tcp 127.0.0.1:${port} - - 24 60000 2000 ${port} - -\n`);
    expect(blocks((await at.look('probes')).all('probe')).map(each => each.get('id'))).toEqual([['page']]);
  });

  test('asks every probe once, also behind one that failed', async () => {
    const port = await listening();
    const at = serving(shell);
    const probe = (id: string, to: number) => `probe ${id} tcp 127.0.0.1:${to} - - 24 60000 2000 ${to} - -\n`;
    writeFileSync(join(at.state, 'spec'), `user web\n${probe('closed', await closedPort())}${probe('open', port)}`);
    const probes = blocks((await at.look('probes')).all('probe'));
    expect(probes.map(each => [each.get('id'), each.get('answered')])).toEqual([
      [['closed'], ['no']],
      [['open'], ['yes']],
    ]);
  });

  test('is not taken at what is no release of ours', async () => {
    const at = serving(shell);
    rmSync(join(at.path, 'current'));
    symlinkSync('/etc', join(at.path, 'current'));
    const answer = await at.look('tree');
    expect([answer.get('error'), answer.get('detail')]).toEqual([
      'release-unknown',
      'current is /etc: no release that ops knows',
    ]);
  });
});
