import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { askProbes, lookAtTree } from '../../src/deploy/closer.ts';
import type { AppFacts } from '../../src/host/facts/types.ts';
import { World } from '../preflight/fake-world.ts';
import { makeFacts, makeHost } from '../preflight/hosts.ts';
import { appConfig } from '../support/app-config.ts';
import { appFacts, releaseFacts } from '../support/app-facts.ts';
import { silentQuestion } from '../support/closed-port.ts';
import { contextIn } from '../support/context.ts';
import { sessionOf } from '../support/deploy-run.ts';
import { type Answered, RecordingHost } from '../support/recording-host.ts';

let world: World;
let context: Context;

beforeEach(async () => {
  world = await World.start({ nodes: ['web1'] });
  context = contextIn(world);
});

afterEach(() => world.stop());

/** A host that serves D, and says this when it is looked at closer. */
function open(answer: Answered, facts: AppFacts = appFacts([releaseFacts('D', 1)])) {
  const runner = new RecordingHost('web1', () => answer);
  const host = makeHost('web1');
  const session = sessionOf(host, runner, {
    facts: { ...makeFacts(), sections: new Map([['apps', new Map([['web', facts]])]]) },
  });
  return { runner, open: { host, session } };
}

const GONE = { exit: 255, stderr: 'Broken pipe' };

test.each<[string, Answered, boolean | null, string]>([
  ['is the same', ['tree same'], true, 'as its manifest says'],
  ['differs', ['differs a.js: not the content of the manifest'], false, 'a.js: not the content of the manifest'],
  ['is none of ours', ['error release-unknown', 'detail current is /etc'], null, 'current is /etc'],
  ['could not be read', GONE, null, expect.stringContaining('ended without an answer')],
])('a tree that %s', async (_, answer, ok, observed) => {
  const { runner, open: place } = open(answer);
  expect(await lookAtTree(context, place, appConfig())).toMatchObject([
    { app: 'web', host: 'web1', vantage: 'host', subject: 'D', claim: 'tree', ok, observed },
  ]);
  expect(runner.sent).toMatchObject([{ program: 'closer', params: { look: ['tree'] } }]);
});

test('probes are asked from where they are to be asked, once', async () => {
  const said = ['id=page', 'target=http://x/', 'answered=yes', 'observed=200', ''].map(line => `probe ${line}`);
  const { open: place } = open(said, appFacts([releaseFacts('D', 1, { probes: [await silentQuestion()] })]));
  expect(await askProbes(context, place, appConfig())).toMatchObject([
    { vantage: 'host', subject: 'http://x/', claim: 'probe page', ok: true, observed: '200' },
    { vantage: 'operator', claim: 'probe seen', ok: false },
  ]);
});

test('a release without probes says so, and the host is not asked', async () => {
  const { runner, open: place } = open([], appFacts([releaseFacts('adopted', 0, { adopted: true, probes: [] })]));
  expect(await askProbes(context, place, appConfig())).toMatchObject([
    { vantage: 'host', subject: 'adopted', claim: 'probes', observed: 'it has none', ok: true },
  ]);
  expect(runner.sent).toEqual([]);
});

test('what a host does not say is unknown, and nothing is asked where nothing of ours serves', async () => {
  const probes = ['probe page tcp 127.0.0.1:3000 - - 1 1000 1000 3000 - -'];
  const gone = open(GONE, appFacts([releaseFacts('D', 1, { probes })])).open;
  expect(await askProbes(context, gone, appConfig())).toMatchObject([{ claim: 'probes', ok: null }]);
  const { runner, open: place } = open([], appFacts());
  expect([...(await askProbes(context, place, appConfig())), ...(await lookAtTree(context, place, appConfig()))]).toEqual([]);
  expect(runner.sent).toEqual([]);
});
