import type { Finding } from '../finding.ts';
import { checksWithoutShell, diskLimitsInOrder, knownHosts, pathsApart, pathsOfTheirOwn, sharedPathsApart } from './apps.ts';
import { localIsNotReached, namesInTailnet, oneEntryPerMachine, rootLogsInAsRoot, someHost } from './hosts.ts';
import { oneQuestionPerProbe, operatorProbesReachTheHost, probeIdsDiffer } from './probes.ts';
import type { Rule, RuleContext } from './rule.ts';
import {
  generatedUnitsHaveAUser,
  oneKindOfService,
  oneOwnerPerUnit,
  unitFileNames,
  unprivilegedHostsRunAsTheirLogin,
} from './services.ts';
import { sourcesExist } from './sources.ts';

const RULES: readonly Rule[] = [
  someHost,
  namesInTailnet,
  oneEntryPerMachine,
  localIsNotReached,
  rootLogsInAsRoot,
  knownHosts,
  pathsOfTheirOwn,
  pathsApart,
  sharedPathsApart,
  checksWithoutShell,
  oneKindOfService,
  unitFileNames,
  oneOwnerPerUnit,
  generatedUnitsHaveAUser,
  unprivilegedHostsRunAsTheirLogin,
  oneQuestionPerProbe,
  probeIdsDiffer,
  operatorProbesReachTheHost,
  diskLimitsInOrder,
  sourcesExist,
];

export async function applyRules(context: RuleContext): Promise<Finding[]> {
  const findings = await Promise.all(RULES.map(rule => rule(context)));
  return findings.flat();
}
