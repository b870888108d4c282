import type { Door } from '../run/door.ts';
import { appsStatus } from './apps.ts';
import { explanations } from './explanations.ts';
import { hostsStatus } from './host-runs.ts';

export { type AppStatus, appsStatus, exitOfReading } from './apps.ts';
export type { HostStatus } from './host-runs.ts';
export { readPlaces, type StatusRequest } from './read.ts';

export const door: Door = { explanations, status: { apps: appsStatus, hosts: hostsStatus } };
