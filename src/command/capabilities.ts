import { door as deploy } from '../deploy/index.ts';
import { door as hosts } from '../hosts/index.ts';
import type { Door } from '../run/door.ts';
import { door as status } from '../status/index.ts';

/** One line a capability. */
export const CAPABILITIES: readonly Door[] = [hosts, deploy, status];
