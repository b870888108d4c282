export type { ExecOptions, Running } from './enter.ts';
export type { Headscale, Policy, SshRule } from './headscale.ts';
export type { Host } from './host.ts';
export type { Lab } from './lab.ts';
export { type Ended, LabError } from './process.ts';
export { type HostOptions, type LabOptions, openLab, startLab, withLab } from './start.ts';
export type { ControlKind, Role } from './state.ts';
export type { SshPolicy, TestControl } from './testcontrol.ts';
