import { describe, expect, test } from 'vitest';
import { requireRunning } from '../../src/tailnet/state.ts';
import { makePeer, makeStatus, thrown } from './nodes.ts';

describe('requireRunning', () => {
  test.each([
    ['Stopped', 'tailnet-stopped', 'tailscale up'],
    ['NeedsLogin', 'tailnet-logged-out', 'tailscale up'],
    ['NeedsMachineAuth', 'tailnet-approval', 'approve it at https://login.tailscale.com/admin/machines'],
    ['InUseOtherUser', 'tailnet-other-user', 'log that user out, or run ops as that user'],
    ['NoState', 'tailnet-starting', 'tailscale wait --timeout=30s'],
    ['Starting', 'tailnet-starting', 'tailscale wait --timeout=30s'],
    ['SomethingNewer', 'tailnet-not-running', 'tailscale status'],
  ])('%s is %s, exit 11, with what mends it', (backendState, code, hint) => {
    const error = thrown(() => requireRunning(makeStatus([], { backendState }), 'lab.test'));
    expect(error).toMatchObject({ code, exitCode: 11, hints: [hint] });
  });

  test('the state is asked before the tailnet: a stopped machine is not «in another tailnet»', () => {
    const status = makeStatus([], { backendState: 'Stopped', suffix: 'other.test' });
    expect(thrown(() => requireRunning(status, 'lab.test')).code).toBe('tailnet-stopped');
  });

  test('another tailnet than the pinned one is refused, both named', () => {
    const error = thrown(() => requireRunning(makeStatus([], { suffix: 'other.test' }), 'lab.test'));
    expect(error).toMatchObject({
      code: 'tailnet-mismatch',
      exitCode: 11,
      message: 'this machine is in the tailnet other.test; ops.yaml pins lab.test',
    });
  });

  test('a tailnet without a MagicDNS name is never the pinned one', () => {
    const status = { ...makeStatus([]), suffix: null };
    expect(thrown(() => requireRunning(status, 'lab.test')).code).toBe('tailnet-mismatch');
  });

  test('a machine that lost its control server still has its tunnels', () => {
    const status = makeStatus([], { self: makePeer('op', { online: false }) });
    expect(requireRunning(status, 'lab.test').self.online).toBe(false);
  });

  test('running in the pinned tailnet passes, case and final dot aside', () => {
    expect(requireRunning(makeStatus([]), 'Lab.Test.').self.fqdn).toBe('op.lab.test');
  });
});
