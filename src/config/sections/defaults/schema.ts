import * as z from 'zod';
import { account, map } from '../../fields.ts';
import { keep, stable } from '../apps/schema.ts';
import { auth, key, port, privilege } from '../hosts/schema.ts';
import type { DraftOf } from '../section.ts';

export const schema = z
  .strictObject(
    {
      user: account.optional().describe('Account that logs in. Default: root.'),
      port: port.optional(),
      auth: auth.optional(),
      key: key.optional(),
      privilege: privilege.optional(),
      keep: keep.optional(),
      stable: stable.optional(),
    },
    map,
  )
  .describe('Values for every host and app that does not say otherwise.')
  .optional();

export type DefaultsDraft = DraftOf<'defaults', typeof schema>;
