import { type Bundled, bundledPackages } from './bundle.ts';
import { runProgram } from './program.ts';
import { FAILED, PASSED, type StepResult, sum } from './step.ts';

/** Of `npm audit --json`: by the name of the package that has it, or that depends on one. */
interface Audit {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly via: readonly unknown[] }>>;
  readonly message?: string;
}

/** Are there advisories for what we ship? Tools that only we use are `npm audit`'s matter. */
export async function auditBundle(): Promise<StepResult> {
  const [bundled, { output }] = await Promise.all([
    bundledPackages(),
    runProgram(['npm', 'audit', '--json', '--loglevel=silent', '--fetch-retries=0', '--fetch-timeout=20000']),
  ]);
  return judgeAudit(output, bundled);
}

/** A registry that does not answer is no verdict, and nothing that CI could mend: the step counts as nothing, and says so. */
export function judgeAudit(output: string, bundled: readonly Bundled[]): StepResult {
  const { vulnerabilities, message } = parse(output);
  if (vulnerabilities === undefined) {
    const note = `the registry was not asked: ${message ?? 'npm audit gave no answer'}`;
    return { tally: sum([]), output: '', note };
  }
  const ours = bundled.filter(({ name }) => Object.hasOwn(vulnerabilities, name));
  if (ours.length === 0) return { tally: PASSED, output: '' };
  const lines = ours.map(
    ({ name, version }) => `${name} ${version}: ${vulnerabilities[name]!.severity}, ${about(vulnerabilities[name]!.via)}`,
  );
  return { tally: FAILED, output: lines.join('\n') };
}

function parse(output: string): Audit {
  try {
    return JSON.parse(output.slice(output.indexOf('{')));
  } catch {
    return {};
  }
}

/** An advisory is an object; a name is a package that has one. */
function about(via: readonly unknown[]): string {
  return via
    .map(each =>
      typeof each === 'string' ? `by ${each}` : [(each as { title?: string }).title, (each as { url?: string }).url].join(' '),
    )
    .join('; ');
}
