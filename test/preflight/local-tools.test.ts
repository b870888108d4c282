import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRsyncVersion, parseSshVersion } from '../../src/preflight/local-tools.ts';

const openrsync = readFileSync(new URL('../fixtures/tailscale/published/macos-openrsync-version.txt', import.meta.url), 'utf8');

describe('parseRsyncVersion', () => {
  it.each([
    ['rsync  version 3.2.7  protocol version 31\nCopyright', { kind: 'rsync', version: '3.2.7' }],
    ['rsync  version v3.4.1  protocol version 32', { kind: 'rsync', version: '3.4.1' }],
    ['rsync  version 3.5.0  protocol version 32', { kind: 'rsync', version: '3.5.0' }],
    [openrsync, { kind: 'openrsync', version: '29' }],
    ['', null],
    ['command not found', null],
  ])('%j', (text, version) => {
    expect(parseRsyncVersion(text)).toEqual(version);
  });
});

describe('parseSshVersion', () => {
  it.each([
    ['OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026', '9.2'],
    ['OpenSSH_10.0p2, LibreSSL 3.3.6', '10.0'],
    ['OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2', '9.5'],
    ['Dropbear v2022.83', null],
  ])('%j', (text, version) => {
    expect(parseSshVersion(text)).toBe(version);
  });
});
