import { describe, expect, it } from 'vitest';
import { BugError } from '../../src/errors.ts';
import type { HostRunner, LocalSpec } from '../../src/exec/runner.ts';
import { lookOnly, lookOnlyHost } from '../../src/preflight/read-only.ts';
import { ScriptedRunner } from '../tailnet/scripted-runner.ts';

const command = (mutates: boolean): LocalSpec => ({
  program: 'rm',
  environment: 'host',
  args: ['-r', '/srv'],
  deadlineMs: 1_000,
  mutates,
});

class ScriptedHost extends ScriptedRunner implements HostRunner {
  readonly host = 'web1';
  executions = 0;

  upload() {
    return this.run(command(true));
  }

  async close(): Promise<void> {}
}

describe('what preflight works with', () => {
  it('runs on this machine only what reads', async () => {
    const runner = new ScriptedRunner(() => ({}));
    expect(() => lookOnly(runner).run(command(true))).toThrow(BugError);
    await lookOnly(runner).run(command(false));
    expect(runner.ran).toEqual([command(false)]);
  });

  it('runs on a host only what reads, and uploads nothing', async () => {
    const host = new ScriptedHost(() => ({}));
    expect(() => lookOnlyHost(host).run(command(true))).toThrow(BugError);
    expect(() => lookOnlyHost(host).upload({ from: '/a', to: '/b', files: [], as: [], deadlineMs: 1 })).toThrow(BugError);
    await lookOnlyHost(host).run(command(false));
    expect(host.ran).toEqual([command(false)]);
  });
});
