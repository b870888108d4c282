import type { AppConfig } from '../../config/types.ts';
import { quoteCommand } from '../../exec/quote.ts';
import { plural } from '../../format.ts';
import { asOwner, asRoot } from '../../host/as-root.ts';
import { areUp } from '../../host/facts/services.ts';
import type { AppFacts, UnitFacts } from '../../host/facts/types.ts';
import { OWN_PATHS, PATHS } from '../../host/protocol.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass, warn } from '../finding.ts';
import type { Finding } from '../result.ts';
import type { HostView } from '../view.ts';

export const units: Check = {
  id: 'units',
  title: 'services and their account',
  vantage: 'host',
  exit: 'host-not-ready',
  concerns: about.app,
  codes: {
    'user-missing':
      'The account that the app is to run as does not exist on the host. Create it, or name another one with `user:` of the app.',
    'shared-unwritable':
      '`user:` of the app was changed, and a shared folder still belongs to the account before: the service could read there and not write. The remedy gives it to the new one.',
    'unit-missing':
      'ops.yaml names a service as already existing, and the host has no such unit. Correct the name, or let ops install it with `run:` or `unit:`.',
    'unit-alias':
      'What ops.yaml calls a service is on the host only another name of a unit. systemd tells of units by their own names, so name it by that one, or give a service of yours a name that is free.',
    'unit-masked':
      'A service of the app is masked on the host, so systemd does not start it: a deploy would stop what runs and could not start it again. Unmask it, or take it out of ops.yaml.',
    'port-held':
      'Somebody else listens on a port where a probe of the app asks, so that what answers there is not the app: a deploy would end as not proven. Stop it, give one of the two another port, or name it with `through:` where it passes questions on to the app.',
    'unit-foreign':
      'The host already has a unit with this name that ops did not make for this app, and it is never overwritten. When ops made it for an app that had another name then, `ops hosts forget HOST --app NAME` takes that one down. Otherwise give the service another name or remove the unit; where it runs what lies at the path of the app, --adopt takes both over. An installation that was adopted keeps the units that ops.yaml did not name `unit:` or `run:` then: forget the app on the host and adopt it anew.',
    'adopt-not-running':
      'The services of the installation that is to be taken over do not run, or were restarted by systemd after they ended by themselves. Only what works is taken over: start them first.',
  },
  async run(view) {
    const facts = await view.appFacts();
    const app = view.app!;
    if (facts.userUid === null) {
      return fail('user-missing', `the account ${app.user}, which ${app.id} runs as, is not on the host`, {
        remedies: [asRoot(view.host, `useradd --system --home-dir ${app.path} --shell /usr/sbin/nologin ${app.user}`)],
        observed: { user: app.user },
      });
    }
    const alias = facts.units.find(found => app.services.some(({ unit }) => unit !== found.unit && found.names.includes(unit)));
    if (alias !== undefined) return aliased(app, alias);
    const missing = app.services.filter(service => service.kind === 'existing' && stateOf(facts, service.unit) === 'not-found');
    if (missing.length > 0) {
      const names = missing.map(service => service.unit);
      return fail('unit-missing', `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not on the host`, {
        remedies: [
          `on the host: ${systemctl(view)} list-unit-files '${names[0]}'`,
          'give the service a run or unit in ops.yaml, so that ops installs it',
        ],
        observed: { missing: names },
      });
    }
    const masked = app.services.find(service => stateOf(facts, service.unit) === 'masked');
    if (masked !== undefined) {
      return fail('unit-masked', `${masked.unit} is masked on the host: systemd would not start it`, {
        remedies: [asOwner(view.host, `${systemctl(view)} unmask ${masked.unit}`)],
        observed: { masked: masked.unit },
      });
    }
    const foreign = foreignUnits(view, facts);
    if (foreign.length > 0) {
      return fail(
        'unit-foreign',
        `${foreign.join(', ')} ${foreign.length === 1 ? 'is' : 'are'} on the host already, and not made by ops for ${app.id}`,
        {
          remedies: [
            ...(isAdoptable(facts) && !view.purpose.adopts ? [`ops deploy ${app.id} --adopt`] : []),
            ...(wasAdopted(facts)
              ? [
                  `ops hosts forget ${view.host.id} --app ${app.id}   (and ops deploy ${app.id} --adopt again: it then takes the unit, too)`,
                ]
              : []),
            'give the service another name in ops.yaml',
            `ops hosts forget ${view.host.id} --app NAME   (when ops made it for an app that was named NAME)`,
            `remove it on the host once nothing needs it: ${systemctl(view)} ${quoteCommand(['cat', foreign[0]!])}`,
          ],
          observed: { foreign },
        },
      );
    }
    if (view.purpose.adopts && isAdoptable(facts)) {
      const idle = app.services.filter(({ unit }) => !runsWell(unit, facts)).map(({ unit }) => unit);
      if (idle.length > 0) {
        return fail('adopt-not-running', `only what runs is taken over: ${idle.map(unit => activity(facts, unit)).join(', ')}`, {
          remedies: idle.some(unit => stateOf(facts, unit) === 'not-found')
            ? ['write a unit for it on the host first, and have that run what is to be taken over']
            : [asOwner(view.host, `${systemctl(view)} restart ${idle.join(' ')}`)],
          observed: { idle },
        });
      }
    }
    const left = leftBehind(app, facts);
    if (left.length > 0) {
      const paths = left.map(({ at }) => at);
      return fail(
        'shared-unwritable',
        `${app.user}, which ${app.id} is to run as, cannot write to ${paths.join(', ')}: ${left[0]!.owner} owns it`,
        {
          remedies: [asRoot(view.host, quoteCommand(['chown', '-R', `${app.user}:`, ...paths]))],
          observed: { shut: left },
        },
      );
    }
    const [held] = facts.heldPorts;
    if (held !== undefined) {
      return warn('port-held', `port ${held.port}, where a probe of ${app.id} asks, is held by ${held.by}`, {
        remedies: [
          asRoot(view.host, `ss -Hltnp 'sport = :${held.port}'`),
          'through: UNIT in the probe, where that unit stands before the app',
        ],
        observed: { heldPorts: facts.heldPorts },
      });
    }
    return pass(
      app.services.length === 0 ? 'no services' : app.services.map(service => activity(facts, service.unit)).join(', '),
      {
        units: facts.units,
      },
    );
  },
};

/** That of the login itself, where it has no privilege. */
function systemctl({ host }: HostView): string {
  return host.privilege === 'none' ? 'systemctl --user' : 'systemctl';
}

function stateOf(facts: AppFacts, unit: string): string {
  return facts.units.find(candidate => candidate.unit === unit)?.load ?? 'not-found';
}

function activity(facts: AppFacts, unit: string): string {
  const found = facts.units.find(candidate => candidate.unit === unit);
  if (found === undefined || found.load === 'not-found') return `${unit} is new`;
  return `${unit} is ${found.active}${found.restarts > 0 ? `, restarted ${plural(found.restarts, 'time')} by systemd` : ''}`;
}

/** As the host judges what it takes over. */
function runsWell(unit: string, facts: AppFacts): boolean {
  return areUp([unit], facts) && facts.units.every(found => found.unit !== unit || found.restarts === 0);
}

function aliased({ services }: AppConfig, { unit, names }: UnitFacts): Finding {
  const service = services.find(({ unit: name }) => name !== unit && names.includes(name))!;
  return fail('unit-alias', `${service.unit} is another name of ${unit} on the host`, {
    remedies: [
      service.kind === 'existing' ? `call the service ${unit} in ops.yaml` : 'give the service another name in ops.yaml',
    ],
    observed: { unit, names },
  });
}

/** There is an installation at the path of the app, which the units may belong to. */
function isAdoptable(facts: AppFacts): boolean {
  return facts.target.kind === 'foreign';
}

/** Shared folders of the account that the release which serves runs as, where that is not to be the app's any more. */
function leftBehind({ user }: AppConfig, { current, shut }: AppFacts): AppFacts['shut'] {
  const before = /^user (\S+)$/m.exec(current?.spec ?? '')?.[1];
  return before === user ? [] : shut.filter(({ owner }) => owner === before);
}

function wasAdopted({ releases }: AppFacts): boolean {
  return releases.some(({ adopted }) => adopted);
}

/** Units that a deploy would write although something else has their name, but for those that --adopt takes over: files in place. */
function foreignUnits({ host, purpose }: HostView, facts: AppFacts): string[] {
  const folder = host.privilege === 'none' ? OWN_PATHS.units : PATHS.units;
  const takesOver = purpose.adopts && isAdoptable(facts);
  return facts.taken.filter(({ unit, by }) => !(takesOver && by.endsWith(`${folder}/${unit}`))).map(({ unit }) => unit);
}
