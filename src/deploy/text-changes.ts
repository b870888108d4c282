import { isEnvFile } from '../host/facts/env-file.ts';
import type { AppFacts, KeptFile } from '../host/facts/types.ts';
import type { TextChange } from '../run/use-case.ts';
import type { AppPart } from './parts.ts';
import { changedFiles, installedAt, keptBy } from './plan/changes.ts';

/** Units and drop-ins that read otherwise once these files are there. The env file is told by name alone. */
export function textChanges(host: string, facts: AppFacts, files: readonly KeptFile[]): TextChange[] {
  return changedFiles(facts, { files })
    .filter(({ path }) => !isEnvFile(path))
    .map(({ path }) => {
      const [before, after] = [installedAt(facts, path), files.find(file => file.path === path)];
      return { host, path, before: before === undefined ? '' : before.text, after: after === undefined ? '' : after.text };
    });
}

/** The same where a host that has something to do has the release already. */
export function textsOfKept({ host, facts, plan }: AppPart, id: string | null): TextChange[] {
  const release = plan.steps.length === 0 ? undefined : facts.releases.find(each => each.id === id);
  return release === undefined ? [] : textChanges(host.id, facts, keptBy(facts, release).files);
}
