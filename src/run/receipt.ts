import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OpsError } from '../errors.ts';
import { replaceFile } from '../files/replace-file.ts';
import { PLAN_SCHEMA, type Plan } from '../plan/plan.ts';
import type { Redactor } from '../redact.ts';
import { makeOwnFolder } from './own-folder.ts';

/** Of result.json; plan.json has that of the plan. */
const SCHEMA = 'ops/receipt@2';

/**
 * `<state dir>/receipts/<run>/{plan,result}.json`: written RUNNING before anything changes, replaced atomically at the end,
 * redacted on the way out. A receipt that still says RUNNING belongs to a run whose CLI died.
 */
export class Receipt {
  readonly dir: string;
  readonly #redactor: Redactor;

  constructor(stateDir: string, run: string, redactor: Redactor) {
    this.dir = join(stateDir, 'receipts', run);
    this.#redactor = redactor;
  }

  /** @throws OpsError receipt-unwritable: nothing changes without one. */
  async begin(plan: unknown): Promise<void> {
    try {
      await makeOwnFolder(this.dir);
      await this.#write('plan.json', plan);
      await this.#write('result.json', { schema: SCHEMA, state: 'RUNNING' });
    } catch (error) {
      throw new OpsError('receipt-unwritable', 'failed', `nothing was changed: no receipt can be written: ${reasonOf(error)}`, {
        hint: 'ops explain receipt-unwritable',
        cause: error,
      });
    }
  }

  /** Why the end could not be written, null when it was. The run is over either way, and its outcome stands. */
  async end(result: object): Promise<string | null> {
    try {
      await this.#write('result.json', { schema: SCHEMA, state: 'ENDED', ...result });
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  #write(name: string, value: unknown): Promise<void> {
    return replaceFile(join(this.dir, name), `${this.#redactor.redactJson(value, 2)}\n`, 0o600);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a receipt here says a run was to do; null when this machine has none that can be read. */
export async function readReceiptPlan(
  stateDir: string,
  run: string,
): Promise<Pick<Plan, 'capability' | 'scope' | 'hosts'> | null> {
  try {
    const plan = JSON.parse(await readFile(join(stateDir, 'receipts', run, 'plan.json'), 'utf8')) as Plan;
    return plan.schema === PLAN_SCHEMA ? plan : null;
  } catch {
    return null;
  }
}
