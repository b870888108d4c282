import { isIP } from 'node:net';

/*
 * The forms of what a host or the control plane says and ops uses again: in a file, a path, an argument, a remedy. They are asked
 * where its answer is parsed. What does not fit counts as not said.
 */

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DNS_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
/** What a terminal would obey, and what ends a line: control, format and separator characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** An IP address that is the same on every machine: one with a zone is not. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

/** In lower case, without a dot around it. */
export function isDnsName(text: string): boolean {
  return DNS_NAME.test(text);
}

/** Of a node, as a control server gives it. */
export function isStableId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

export function isTag(text: string): boolean {
  return /^tag:[A-Za-z0-9_-]{1,100}$/.test(text);
}

export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]{5,18}(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}

export function isMachineId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** SHA-256, in hex. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

export function isReleaseId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text);
}

export function isRunId(text: string): boolean {
  return /^r-[A-Za-z0-9-]{1,60}$/.test(text);
}

export function isAppId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$/.test(text);
}

export function isUnitName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9:_.@\\-]{0,254}$/.test(text);
}

export function isVariable(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text);
}

/** As passwd has them, those of directory services too. */
export function isAccount(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}\$?$/.test(text);
}

/** A code such as `peer-unknown`. */
export function isCode(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,63}$/.test(text);
}

/** One line that can be shown and handed on as it is. */
export function isText(text: string): boolean {
  return text.length <= 4096 && !UNPRINTABLE.test(text);
}

/** Absolute, and where it says it is: nothing in it leads up again. */
export function isPath(text: string): boolean {
  return isText(text) && /^(?:\/|(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+)$/.test(text);
}
