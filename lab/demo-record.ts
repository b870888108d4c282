import { readFileSync, writeFileSync } from 'node:fs';
import { STEPS } from './demo-steps.ts';

const TRANSCRIPT = new URL('../docs/demo.txt', import.meta.url);
const README = new URL('../README.md', import.meta.url);
const BLOCK = /(?<=<!-- demo -->\n)[\s\S]*?(?=<!-- \/demo -->)/;
const PROMPT = /^dev@op:\S+\$ /;

/** Keeps what the demo showed in docs/demo.txt, and the short of it in the README. */
export function record(transcript: string): void {
  writeFileSync(TRANSCRIPT, transcript);
  writeFileSync(README, withTranscript(readFileSync(README, 'utf8'), transcript));
}

/** The README with the short of a transcript between its markers. */
export function withTranscript(readme: string, transcript: string): string {
  return readme.replace(BLOCK, () => `\`\`\`\n${shorten(transcript)}\n\`\`\`\n`);
}

/** What each command of the demo printed, in order. */
export function commandsOf(transcript: string): { command: string; output: string[] }[] {
  const lines = (transcript.split(/^That took /m)[0] ?? '').split('\n');
  const starts = lines.flatMap((line, index) => (PROMPT.test(line) ? [index] : []));
  return starts.map((start, index) => {
    const output = lines.slice(start + 1, starts[index + 1]);
    while (/^(# .*)?$/.test(output.at(-1) ?? 'x')) output.pop();
    return { command: (lines[start] ?? '').replace(PROMPT, ''), output };
  });
}

function shorten(transcript: string): string {
  const said = commandsOf(transcript);
  const parts = STEPS.map(({ inReadme, type, exit }, index) => {
    const output = said[index]?.output ?? [];
    return inReadme ? [`$ ${type}`, ...(exit ? leaveOut(output) : output)].join('\n') : '';
  });
  return parts.filter(part => part !== '').join('\n\n');
}

/** Of a unit's last words the error stays. */
function leaveOut(lines: readonly string[]): string[] {
  const isDetail = (line = '') => line.startsWith('      ') && !/^ +(Error|→)/.test(line);
  return lines.flatMap((line, index) => (isDetail(line) ? (isDetail(lines[index - 1]) ? [] : ['      …']) : [line]));
}
