import { describe, expect, test } from 'vitest';
import { isPong, measurePath, parseGoDuration, parsePingResult, parsePlainPing } from '../../src/tailnet/path.ts';
import { fixture } from './fixture.ts';
import { ScriptedRunner } from './scripted-runner.ts';

const cli = { program: 'tailscale' };
const pingResult = (fields: object) =>
  JSON.stringify({
    IP: '100.64.0.2',
    NodeIP: '100.64.0.2',
    NodeName: 'web1',
    Err: '',
    LatencySeconds: 0.0125,
    Endpoint: '',
    PeerRelay: '',
    DERPRegionID: 0,
    DERPRegionCode: '',
    ...fields,
  });
const plain = (stdout: string, stderr = '', exit = 0) => ({ exit, reason: 'exited' as const, stdout, stderr, durationMs: 1 });

describe('the LocalAPI ping', () => {
  test.each([
    ['direct', { Endpoint: '10.77.0.12:41641' }, { kind: 'direct', latencyMs: 12.5, via: '10.77.0.12:41641' }],
    ['a peer relay', { PeerRelay: '10.77.0.9:7777:vni:3' }, { kind: 'peer-relay', latencyMs: 12.5, via: '10.77.0.9:7777:vni:3' }],
    ['DERP', { DERPRegionID: 999, DERPRegionCode: 'lab' }, { kind: 'derp', latencyMs: 12.5, via: 'lab' }],
    ['DERP without a code', { DERPRegionID: 7 }, { kind: 'derp', latencyMs: 12.5, via: '7' }],
  ])('%s', (_what, fields, path) => {
    expect(parsePingResult(pingResult(fields))).toEqual({ ok: true, path });
  });

  test.each([
    ['an expired key', { Err: "peer's node key has expired" }, 'path-expired'],
    ['an unknown peer', { Err: 'no matching peer' }, 'path-unknown-peer'],
    ['this machine', { Err: '100.64.0.1 is local Tailscale IP', IsLocalIP: true }, 'path-self'],
    ['anything else', { Err: 'node found but lacks an IP' }, 'path-failed'],
  ])('%s is told apart', (_what, fields, code) => {
    expect(parsePingResult(pingResult(fields))).toMatchObject({ ok: false, code });
  });

  test.each(['', 'null', '[]', '"x"', '{}', 'access denied', '{"LatencySeconds":"1"}', pingResult({})])(
    '%s is no ping result',
    text => {
      expect(parsePingResult(text)).toBeNull();
    },
  );
});

describe('the plain ping', () => {
  test.each([
    ['pong from web1 (100.64.0.2) via 10.77.0.12:41641 in 12ms', { kind: 'direct', latencyMs: 12, via: '10.77.0.12:41641' }],
    ['pong from web1 (100.64.0.2) via [fd7a::1]:41641 in 1.234s', { kind: 'direct', latencyMs: 1234, via: '[fd7a::1]:41641' }],
    ['pong from web1 (100.64.0.2) via DERP(lab) in 2ms', { kind: 'derp', latencyMs: 2, via: 'lab' }],
    [
      'pong from web1 (100.64.0.2) via peer-relay(10.77.0.9:7777:vni:3) in 3ms',
      { kind: 'peer-relay', latencyMs: 3, via: '10.77.0.9:7777:vni:3' },
    ],
  ])('%s', (line, path) => {
    expect(isPong(line)).toBe(true);
    expect(parsePlainPing(plain(`${line}\n`))).toEqual({ ok: true, path });
  });

  test.each([
    ['ping "100.64.0.2" timed out\n', 'no reply\n', 'path-no-reply'],
    ['', 'no matching peer\n', 'path-unknown-peer'],
    ["peer's node key has expired\n", "peer's node key has expired\n", 'path-expired'],
    ['100.64.0.1 is local Tailscale IP\n', '', 'path-self'],
    ['', '', 'path-failed'],
  ])('%j and %j is %s', (stdout, stderr, code) => {
    expect(parsePlainPing(plain(stdout, stderr, 1))).toMatchObject({ ok: false, code });
  });

  test('a line cut in the middle of its time is no pong yet', () => {
    expect(isPong('pong from web1 (100.64.0.2) via DERP(lab) in 1')).toBe(false);
    expect(isPong('pong from web1 (100.64.0.2) via DERP(lab) in 12m')).toBe(false);
  });
});

describe('as recorded', () => {
  test.each([
    ['ping-direct.json', { ok: true, path: { kind: 'direct', via: '10.77.0.21:41641' } }],
    ['ping-derp.json', { ok: true, path: { kind: 'derp', via: 'lab' } }],
    ['ping-no-peer.json', { ok: false, code: 'path-unknown-peer' }],
    ['ping-expired.json', { ok: false, code: 'path-expired' }],
    ['ping-self.json', { ok: false, code: 'path-self' }],
  ])('%s', (file, expected) => {
    expect(parsePingResult(fixture(`recorded/${file}`))).toMatchObject(expected);
  });

  test.each([
    ['ping-direct.txt', '', { ok: true, path: { kind: 'direct', via: '10.77.0.21:41641' } }],
    ['ping-derp.txt', '', { ok: true, path: { kind: 'derp', via: 'lab' } }],
    ['ping-self.txt', '', { ok: false, code: 'path-self' }],
    ['ping-no-reply.txt', 'ping-no-reply.stderr', { ok: false, code: 'path-no-reply' }],
    ['', 'ping-no-peer.stderr', { ok: false, code: 'path-unknown-peer' }],
    ['', 'ping-expired.stderr', { ok: false, code: 'path-expired' }],
  ])('%s %s', (stdout, stderr, expected) => {
    const read = (file: string) => (file === '' ? '' : fixture(`recorded/${file}`));
    expect(parsePlainPing(plain(read(stdout), read(stderr), 1))).toMatchObject(expected);
  });
});

describe('measurePath', () => {
  test('asks the LocalAPI once, with a deadline, and no more when it answers', async () => {
    const runner = new ScriptedRunner(() => ({ stdout: pingResult({ Endpoint: '10.77.0.12:41641' }) }));
    expect(await measurePath(runner, cli, '100.64.0.2')).toMatchObject({ ok: true, path: { kind: 'direct' } });
    expect(runner.commands).toEqual(['tailscale debug localapi POST /localapi/v0/ping?ip=100.64.0.2&type=disco']);
    expect(runner.ran[0]).toMatchObject({ deadlineMs: 3_000, mutates: false });
  });

  test('falls back to the plain ping and ends it at the first pong', async () => {
    const runner = new ScriptedRunner(spec =>
      spec.args[0] === 'debug'
        ? { exit: 1, stderr: 'flag provided but not defined' }
        : { stdout: 'pong from web1 (100.64.0.2) via DERP(lab) in 2ms\nsecond line that takes a second more\n' },
    );
    expect(await measurePath(runner, cli, '100.64.0.2')).toEqual({ ok: true, path: { kind: 'derp', latencyMs: 2, via: 'lab' } });
    expect(runner.results[1]?.reason).toBe('stopped');
    expect(runner.commands[1]).toBe('tailscale ping --c=1 --timeout=2s --until-direct=false 100.64.0.2');
  });

  test('a silent peer costs one deadline, not two', async () => {
    const runner = new ScriptedRunner(() => ({ exit: null, reason: 'deadline' }));
    expect(await measurePath(runner, cli, '100.64.0.2')).toMatchObject({ ok: false, code: 'path-no-reply' });
    expect(runner.ran).toHaveLength(1);
  });
});

test.each([
  ['12ms', 12],
  ['1.234s', 1234],
  ['350µs', 0.35],
  ['1m2.5s', 62_500],
  ['0s', 0],
])('Go duration %s is %d ms', (text, ms) => {
  expect(parseGoDuration(text)).toBeCloseTo(ms, 6);
});
