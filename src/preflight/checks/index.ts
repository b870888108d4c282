import type { Check } from '../check.ts';
import { clock } from './clock.ts';
import { disk } from './disk.ts';
import { expiry } from './expiry.ts';
import { hostKey } from './host-key.ts';
import { identity } from './identity.ts';
import { lock } from './lock.ts';
import { machine } from './machine.ts';
import { path } from './path.ts';
import { peer } from './peer.ts';
import { port } from './port.ts';
import { privilege } from './privilege.ts';
import { remoteTools } from './remote-tools.ts';
import { ssh } from './ssh.ts';
import { state } from './state.ts';
import { tailnet } from './tailnet.ts';
import { target } from './target.ts';
import { tools } from './tools.ts';
import { units } from './units.ts';

/** In order of dependence, which is the order of reporting: the first stage that fails decides the exit code. */
export const CHECKS: readonly Check[] = [
  tools,
  tailnet,
  peer,
  expiry,
  path,
  port,
  identity,
  hostKey,
  ssh,
  privilege,
  machine,
  remoteTools,
  clock,
  state,
  lock,
  target,
  units,
  disk,
];
