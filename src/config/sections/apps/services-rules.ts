import { serviceId } from '../../fields.ts';
import type { Flaw } from '../../flaw.ts';
import { readCommandLine } from './command-line.ts';
import { type AppRule, appPath, neighbours } from './rule.ts';

export const oneKindOfService: AppRule = ({ draft, intact }) =>
  Object.entries(draft.apps ?? {}).flatMap(([id, app]) =>
    Object.entries(app?.services ?? {}).flatMap(([key, service]): Flaw[] => {
      const path = ['apps', id, 'services', key];
      if (service?.run !== undefined && service.unit !== undefined)
        return [{ path, on: 'key', message: 'expected run or unit, found both' }];
      if (service?.user !== undefined && service.run === undefined && intact([...path, 'run'])) {
        return [
          { path: [...path, 'user'], on: 'key', message: 'only a unit made from run takes a user; the unit itself says User=' },
        ];
      }
      return [];
    }),
  );

export const unitFileNames: AppRule = ({ draft }) =>
  Object.entries(draft.apps ?? {}).flatMap(([id, app]) =>
    Object.entries(app?.services ?? {}).flatMap(([key, service]): Flaw[] => {
      const name = service?.unit?.split('/').at(-1);
      if (name === undefined || (name.endsWith('.service') && serviceId.safeParse(name).success)) return [];
      return [
        {
          path: ['apps', id, 'services', key, 'unit'],
          message: `expected a file that is named like worker.service, found ${name}`,
        },
      ];
    }),
  );

/** One unit, one owner: on a host a unit file can come from one app only. */
export const oneOwnerPerUnit: AppRule = ({ config, draft }) => {
  const keys = new Map(Object.entries(draft.apps ?? {}).map(([id, app]) => [id, Object.keys(app?.services ?? {})]));
  const key = (app: string, index: number) => keys.get(app)?.[index] ?? '';
  const within = Object.values(config.apps).flatMap(app => {
    const first = new Map<string, string>();
    return app.services.flatMap(({ unit }, index): Flaw[] => {
      const id = key(app.id, index);
      const owner = first.get(unit);
      if (owner === undefined) first.set(unit, id);
      return owner === undefined
        ? []
        : [{ path: appPath(app, 'services', id), on: 'key', message: `${unit} is services.${owner} already` }];
    });
  });
  const across = [...neighbours(config)].flatMap(([earlier, app, host]) =>
    app.services.flatMap((service, index): Flaw[] => {
      const owner = earlier.services.find(({ unit }) => unit === service.unit);
      if (!owner || (owner.kind === 'existing' && service.kind === 'existing')) return [];
      return [
        {
          path: appPath(app, 'services', key(app.id, index)),
          on: 'key',
          message: `${service.unit} belongs to apps.${earlier.id} already, also on ${host}`,
        },
      ];
    }),
  );
  return [...within, ...across];
};

/** Root is never guessed for a command line: who writes `run` says who runs it. */
export const generatedUnitsHaveAUser: AppRule = ({ config, draft, intact }) =>
  Object.values(config.apps).flatMap((app): Flaw[] => {
    const written = draft.apps?.[app.id];
    if (written?.user !== undefined || app.hosts.some(id => config.hosts[id]?.privilege === 'none')) return [];
    const [key] =
      Object.entries(written?.services ?? {}).find(
        ([id, service]) => service?.run !== undefined && service.user === undefined && intact(appPath(app, 'services', id)),
      ) ?? [];
    if (key === undefined) return [];
    return [{ path: appPath(app, 'user'), on: 'key', message: `missing: expected the account that services.${key} runs as` }];
  });

/** What only a shell understands, as a word of its own: systemd would pass it on, or refuse the unit on the host. */
const OF_A_SHELL = /^(?:&&?|\|\|?|;|<<?|\d*>.*)$/;

/** A service is words that its account runs: neither a shell nor systemd takes anything in them for more. */
export const commandLinesAreWords: AppRule = ({ draft }) =>
  Object.entries(draft.apps ?? {}).flatMap(([id, app]) =>
    Object.entries(app?.services ?? {}).flatMap(([key, service]): Flaw[] => {
      if (service?.run === undefined) return [];
      const path = ['apps', id, 'services', key, 'run'];
      const { words, flaw } = readCommandLine(service.run);
      if (flaw !== null) return [{ path, message: flaw }];
      const word = words.find(({ text, plain }) => plain && OF_A_SHELL.test(text));
      if (word === undefined) return [];
      const message = `no shell reads this, so ${word.text} means nothing; expected sh -c '…', or a script of the release such as ./start.sh`;
      return [{ path, message }];
    }),
  );

/** Without privilege nobody can become somebody else. */
export const unprivilegedHostsRunAsTheirLogin: AppRule = ({ config, intact }) =>
  Object.values(config.apps).flatMap(app => {
    const hosts = app.hosts
      .flatMap(id => config.hosts[id] ?? [])
      .filter(host => host.privilege === 'none' && intact(['hosts', host.id]));
    return hosts.flatMap((host): Flaw[] => {
      const why = `since ${host.user} logs in to ${host.id} with privilege none`;
      if (app.user !== host.user)
        return [{ path: appPath(app, 'user'), message: `expected ${host.user}, ${why}; found ${app.user}` }];
      return app.services
        .filter(service => service.kind === 'run' && service.user !== host.user)
        .map(service => ({ path: appPath(app, 'services'), message: `expected ${service.unit} to run as ${host.user}, ${why}` }));
    });
  });
