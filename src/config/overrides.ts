import type * as z from 'zod';
import { account, authMode, preflightMode } from './fields.ts';
import { type Flaw, show } from './flaw.ts';
import type { ConfigRequest, PreflightMode } from './request.ts';
import type { AuthMode } from './sections/hosts/types.ts';

/** What wins over ops.yaml, and the names under which it came. */
export interface Overrides {
  auth: AuthMode | null;
  user: string | null;
  preflight: PreflightMode;
  /** `--auth=keys`, `OPS_USER=deploy`, …: only the ones that count. */
  names: string[];
  flaws: Flaw[];
}

/** What the operators' older scripts called the modes. */
const OLD_PREFLIGHT = new Map([
  ['1', 'required'],
  ['force', 'required'],
  ['off', 'disabled'],
]);

/** flags > OPS_* > old names. An empty variable counts as unset. */
export function readOverrides({ env, flags = {} }: ConfigRequest): Overrides {
  const names: string[] = [];
  const flaws: Flaw[] = [];
  const pick = <T>(
    field: z.ZodType<T>,
    sources: Readonly<Record<string, string | undefined>>,
    old = new Map<string, string>(),
  ): T | null => {
    const [name, value] = Object.entries(sources).find(([, written]) => written) ?? [];
    if (name === undefined || value === undefined) return null;
    const read = field.safeParse(old.get(value) ?? value);
    if (read.success) names.push(`${name}=${value}`);
    else flaws.push({ path: [name], message: `${read.error.issues[0]?.message}, found ${show(value)}` });
    return read.data ?? null;
  };
  const auth = pick(authMode, { '--auth': flags.auth, OPS_AUTH: env.OPS_AUTH, UA_SSH_AUTH_MODE: env.UA_SSH_AUTH_MODE });
  const user = pick(account, { OPS_USER: env.OPS_USER });
  const preflight = pick(
    preflightMode,
    { '--preflight': flags.preflight, OPS_PREFLIGHT: env.OPS_PREFLIGHT, UA_TAILNET_PREFLIGHT: env.UA_TAILNET_PREFLIGHT },
    OLD_PREFLIGHT,
  );
  return { auth, user, preflight: preflight ?? 'required', names, flaws };
}
