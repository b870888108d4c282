import { asOwner, asRoot } from '../../host/as-root.ts';
import { isMadeByOps } from '../../host/facts/services.ts';
import type { AppFacts } from '../../host/facts/types.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass } from '../finding.ts';
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
    'unit-missing':
      'ops.yaml names a service as already existing, and the host has no such unit. Correct the name, or let ops install it with `run:` or `unit:`.',
    'unit-masked':
      'A service of the app is masked on the host, so systemd does not start it: a deploy would stop what runs and could not start it again. Unmask it, or take it out of ops.yaml.',
    'unit-foreign':
      'The host already has a unit with this name that ops did not make for this app, and it is never overwritten. When ops made it for an app that had another name then, `ops hosts forget HOST --app NAME` takes that one down. Otherwise give the service another name or remove the unit; where it runs what lies at the path of the app, --adopt takes both over.',
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
    const missing = app.services.filter(service => service.kind === 'existing' && stateOf(facts, service.unit) === 'not-found');
    if (missing.length > 0) {
      const names = missing.map(service => service.unit);
      return fail('unit-missing', `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not on the host`, {
        remedies: [
          `on the host: systemctl list-unit-files '${names[0]}'`,
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
            ...(isAdoptable(facts) ? [`ops deploy ${app.id} --adopt`] : []),
            'give the service another name in ops.yaml',
            `ops hosts forget ${view.host.id} --app NAME   (when ops made it for an app that was named NAME)`,
            `remove it on the host once nothing needs it: ${systemctl(view)} cat ${foreign[0]}`,
          ],
          observed: { foreign },
        },
      );
    }
    return pass(
      app.services.length === 0
        ? 'no services'
        : app.services.map(service => `${service.unit} ${activity(facts, service.unit)}`).join(', '),
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
  return stateOf(facts, unit) === 'not-found' ? 'is new' : `is ${facts.units.find(candidate => candidate.unit === unit)?.active}`;
}

/** There is an installation at the path of the app, which the units may belong to. */
function isAdoptable(facts: AppFacts): boolean {
  return facts.target.kind === 'foreign';
}

/** Units that a deploy would write although ops neither made them for this app nor took them over with it. */
function foreignUnits(view: HostView, facts: AppFacts): string[] {
  if ((view.purpose.adopts && isAdoptable(facts)) || facts.releases.some(release => release.adopted)) return [];
  const written = (view.app?.services ?? []).filter(service => service.kind !== 'existing').map(service => service.unit);
  return written.filter(unit => stateOf(facts, unit) !== 'not-found' && !isMadeByOps(facts, unit));
}
