import { suffix } from '../../fields.ts';
import { dnsName } from '../../spelling.ts';
import type { DraftOf, Section } from '../section.ts';
import type { TailnetConfig } from './types.ts';

const schema = suffix.describe('MagicDNS suffix; ops refuses to work in any other tailnet.');

export const tailnet = {
  schema,
  normalize: (draft: DraftOf<'tailnet', typeof schema>): TailnetConfig => ({ tailnet: dnsName(draft.tailnet ?? '') }),
  rules: [],
} satisfies Section;
