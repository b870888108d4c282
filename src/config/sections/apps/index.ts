import type { Section } from '../section.ts';
import { variablesAllowed } from './env-rules.ts';
import { namedHosts, normalize } from './normalize.ts';
import { oneQuestionPerProbe, operatorProbesAskHosts, probeIdsDiffer } from './probes-rules.ts';
import { checksWithoutShell, knownHosts, pathsApart, pathsOfTheirOwn, sharedPathsApart } from './rules.ts';
import { schema } from './schema.ts';
import {
  commandLinesAreWords,
  generatedUnitsHaveAUser,
  oneKindOfService,
  oneOwnerPerUnit,
  unitFileNames,
  unprivilegedHostsRunAsTheirLogin,
} from './services-rules.ts';
import { sourcesExist } from './source-rules.ts';

export const apps = {
  schema,
  normalize,
  namedHosts,
  rules: [
    knownHosts,
    pathsOfTheirOwn,
    pathsApart,
    sharedPathsApart,
    checksWithoutShell,
    oneKindOfService,
    commandLinesAreWords,
    unitFileNames,
    oneOwnerPerUnit,
    generatedUnitsHaveAUser,
    unprivilegedHostsRunAsTheirLogin,
    oneQuestionPerProbe,
    probeIdsDiffer,
    operatorProbesAskHosts,
    variablesAllowed,
    sourcesExist,
  ],
} satisfies Section;
