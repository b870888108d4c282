import type { TextChange } from '../run/use-case.ts';
import { sanitizeLine } from '../sanitize.ts';

/** Lines around a change that are shown with it. */
const AROUND = 2;
/** More lines are not compared: the table of them would be too large. */
const MOST = 2_000;

/** Each text as it is on its host and as it will be, line by line. */
export function renderTexts(texts: readonly TextChange[]): string[] {
  return texts.flatMap(({ host, path, before, after }) => [
    sanitizeLine(`${host}:${path}`),
    ...(before === null || after === null
      ? [`  what ${before === null ? 'is' : 'will be'} there cannot be shown: it is too long, or no text`]
      : differences(linesOf(before), linesOf(after))
    ).map(line => sanitizeLine(line)),
  ]);
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function differences(before: readonly string[], after: readonly string[]): string[] {
  if (Math.max(before.length, after.length) > MOST) return ['  too long to be compared here'];
  const lines = compareLines(before, after);
  const near = (at: number) => lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(line => !line.startsWith(' '));
  return lines.flatMap((line, at) => {
    if (near(at)) return [`  ${line}`];
    return at === 0 || near(at - 1) ? ['  …'] : [];
  });
}

/** The lines of both, each with what becomes of it before it: ` ` stays, `-` goes, `+` comes. The longest common ones stay. */
function compareLines(before: readonly string[], after: readonly string[]): string[] {
  const common = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let left = before.length - 1; left >= 0; left--) {
    for (let right = after.length - 1; right >= 0; right--) {
      common[left]![right] =
        before[left] === after[right]
          ? common[left + 1]![right + 1]! + 1
          : Math.max(common[left + 1]![right]!, common[left]![right + 1]!);
    }
  }
  const lines: string[] = [];
  let left = 0;
  let right = 0;
  while (left < before.length || right < after.length) {
    if (left < before.length && before[left] === after[right]) {
      lines.push(` ${before[left]}`);
      left += 1;
      right += 1;
    } else if (right === after.length || (left < before.length && common[left + 1]![right]! >= common[left]![right + 1]!)) {
      lines.push(`-${before[left]}`);
      left += 1;
    } else {
      lines.push(`+${after[right]}`);
      right += 1;
    }
  }
  return lines;
}
