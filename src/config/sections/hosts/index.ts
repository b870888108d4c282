import type { Section } from '../section.ts';
import { normalize } from './normalize.ts';
import { localIsNotReached, namesInTailnet, oneEntryPerMachine, rootLogsInAsRoot, someHost } from './rules.ts';
import { schema } from './schema.ts';

export const hosts = {
  schema,
  normalize,
  rules: [someHost, namesInTailnet, oneEntryPerMachine, localIsNotReached, rootLogsInAsRoot],
} satisfies Section;
