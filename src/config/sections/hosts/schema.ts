import * as z from 'zod';
import { account, authMode, hostId, hostName, integer, keyFile, map } from '../../fields.ts';
import type { DraftOf } from '../section.ts';

export const port = integer('a port', 1, 65535).describe('Port of sshd. Tailscale SSH is always on 22.');
export const auth = authMode.describe('How the login is proved.');
export const privilege = z
  .enum(['root', 'sudo', 'doas', 'none'], { error: 'expected root, sudo, doas or none' })
  .describe('How root is reached without a prompt. Default: root for the user root, else sudo.');
export const key = keyFile.describe("Private key on this machine. Default: what the user's ssh config and agent offer.");

const host = z
  .strictObject(
    {
      name: hostName.optional().describe('MagicDNS base name, full name or 100.x address, when it is not the key.'),
      user: account.optional().describe('Account that logs in.'),
      port: port.optional(),
      auth: auth.optional(),
      key: key.optional(),
      privilege: privilege.optional(),
    },
    map,
  )
  .nullable();

export const schema = z
  .record(hostId, host, map)
  .optional()
  .describe('Machines by their MagicDNS name. local is this machine and needs no entry.');

export type HostsDraft = DraftOf<'hosts', typeof schema>;
