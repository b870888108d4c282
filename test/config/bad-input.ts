import { expect, it } from 'vitest';
import { folder, lines, refusal } from './in-folder.ts';

/** [what is wrong, the file, every problem it must name] */
export type Row = [string, string, ...string[]];

export const HEAD = 'version: 1\ntailnet: tail1234.ts.net\n';
export const WEB1 = `${HEAD}hosts:\n  web1:\n`;

/** A file whose line 5 is a key of the host web1. */
export function host(line: string): string {
  return `${WEB1}    ${line}\n`;
}

/** A file whose line 8 is a key of the app web. */
export function app(line: string): string {
  return `${WEB1}apps:\n  web:\n    hosts: web1\n    ${line}\n`;
}

/** One test a row: exactly these problems, in the class of usage errors. ROOT stands for the folder. */
export function refuses(rows: readonly Row[]): void {
  it.each(rows)('%s', async (_, text, ...expected) => {
    const root = await folder({ 'ops.yaml': text });
    const error = await refusal(root);
    expect(lines(error).map(line => line.replaceAll(root, 'ROOT'))).toEqual(expected);
    expect([error.code, error.exitCode]).toEqual(['config-invalid', 2]);
    expect(error.message).toBe(`${expected.length === 1 ? '1 problem' : `${expected.length} problems`} in ops.yaml`);
  });
}
