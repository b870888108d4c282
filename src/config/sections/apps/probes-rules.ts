import type { Flaw } from '../../flaw.ts';
import { namesOfHosts } from '../hosts/names.ts';
import { isLoopback, readWrittenTarget } from './probe-target.ts';
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

/**
 * Asked from the operator, 127.0.0.1 is the operator's own machine, and every other address one that whoever writes ops.yaml
 * would reach from there: the services of a laptop, of CI, of a cloud.
 */
export const operatorProbesAskHosts: AppRule = ({ config, intact }) => {
  const names = namesOfHosts(config.hosts, config.tailnet);
  const isKnown = (host: string) => names.has(host) || !intact(['hosts']) || !intact(['tailnet']);
  return Object.values(config.apps).flatMap(app =>
    app.probes.flatMap((probe, index): Flaw[] => {
      const path = appPath(app, 'probes', index, probe.kind);
      if (probe.from !== 'operator' || !intact(path) || probe.target === '') return [];
      const read = readWrittenTarget(probe.target);
      if (read?.host === null) return [];
      const host = read?.host ?? probe.target;
      if (isLoopback(host)) {
        if (app.hosts.every(id => id === 'local')) return [];
        return [{ path, message: `from the operator, ${host} is this machine; expected {host} in its place` }];
      }
      if (isKnown(host)) return [];
      return [
        { path, message: `from the operator, expected {host} or a host of ops.yaml, found ${host}; from: host may ask it` },
      ];
    }),
  );
};
