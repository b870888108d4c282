import type { Flaw } from '../../flaw.ts';
import { loopbackIn } from './loopback.ts';
import { type AppRule, appPath } from './rule.ts';

export const oneQuestionPerProbe: AppRule = ({ draft, intact }) =>
  Object.entries(draft.apps ?? {}).flatMap(([id, app]) =>
    (app?.probes ?? []).flatMap((probe, index): Flaw[] => {
      const path = ['apps', id, 'probes', index];
      if (!probe || !intact(path)) return [];
      if ((probe.http === undefined) === (probe.tcp === undefined)) {
        return [{ path, message: `expected http or tcp, found ${probe.http === undefined ? 'neither' : 'both'}` }];
      }
      if (probe.tcp === undefined) return [];
      return (['status', 'contains'] as const)
        .filter(key => probe[key] !== undefined)
        .map(key => ({ path: [...path, key], on: 'key', message: 'only an http probe has an answer to read' }));
    }),
  );

export const probeIdsDiffer: AppRule = ({ config }) =>
  Object.values(config.apps).flatMap(app =>
    app.probes.flatMap((probe, index): Flaw[] =>
      // A probe that the schema refused leaves a hole in the list.
      app.probes.findIndex(other => other?.id === probe.id) < index
        ? [{ path: appPath(app, 'probes', index, 'id'), message: `expected an id of its own, found ${probe.id} again` }]
        : [],
    ),
  );

/** Asked from the operator, 127.0.0.1 is the operator's own machine: the probe would praise the wrong server. */
export const operatorProbesReachTheHost: AppRule = ({ config }) =>
  Object.values(config.apps).flatMap(app =>
    app.probes.flatMap((probe, index): Flaw[] => {
      const own = loopbackIn(probe.target);
      if (probe.from !== 'operator' || own === null || app.hosts.every(id => id === 'local')) return [];

      return [
        {
          path: appPath(app, 'probes', index, probe.kind),
          message: `from the operator, ${own} is this machine; expected {host} in its place`,
        },
      ];
    }),
  );
