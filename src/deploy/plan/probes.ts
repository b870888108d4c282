import { ownPort } from '../../config/sections/apps/probe-target.ts';
import type { AppConfig, ProbeConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import type { StepOf } from '../steps.ts';

/** What an answer can say of the release that gave it: the words that `contains` may have in braces. */
export interface Naming {
  release: string;
  digest: string;
  /** null = it is of no commit. */
  commit: string | null;
}

const WORDS = /\{(release|digest|commit)\}/g;

/** @throws OpsError probe-commit-unknown, when a probe asks for a commit and there is none. */
export function probeSteps(app: AppConfig, fqdn: string, naming: Naming): StepOf<'probe'>[] {
  const lacks = app.probes.find(probe => asksForCommit(probe) && naming.commit === null);
  if (lacks === undefined) return app.probes.map(probe => probeStep(probe, fqdn, naming));
  throw new OpsError(
    'probe-commit-unknown',
    'usage',
    `probe ${lacks.id} of ${app.id} wants {commit}, and its source is of no commit`,
    {
      hint: 'take {release} or {digest}, or a git commit as the source',
    },
  );
}

function probeStep({ kind: type, target, contains, ...probe }: ProbeConfig, fqdn: string, naming: Naming): StepOf<'probe'> {
  return {
    kind: 'probe',
    type,
    target: target.replaceAll('{host}', fqdn),
    contains: contains?.replace(WORDS, (_, word: keyof Naming) => naming[word] ?? '') ?? null,
    names: namesRelease({ contains }),
    port: ownPort(target),
    ...probe,
    undo: 'only reads',
  };
}

function namesRelease({ contains }: Pick<ProbeConfig, 'contains'>): boolean {
  return contains !== null && contains.search(WORDS) >= 0;
}

function asksForCommit({ contains }: ProbeConfig): boolean {
  return contains?.includes('{commit}') === true;
}
