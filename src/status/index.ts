export { type AppStatus, appsStatus, exitOfReading } from './apps.ts';
export { type HostStatus, hostsStatus } from './host-runs.ts';
export { readPlaces, type StatusRequest } from './read.ts';
