/** What one case came to: ours and the peer's, in the same unit, from the same run. */
export interface Case {
  bench: string;
  case: string;
  peer: string;
  unit: 'ms' | 'mb';
  ours: number;
  theirs: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One line of JSON a case: {"bench","case","ours_ms","peer","peer_ms","ratio"}; memory is in MB. */
export function asJson(cases: readonly Case[]): string {
  return cases
    .map(({ bench, case: name, peer, unit, ours, theirs }) =>
      JSON.stringify({
        bench,
        case: name,
        [`ours_${unit}`]: round(ours, 1),
        peer,
        [`peer_${unit}`]: round(theirs, 1),
        ratio: ratioOf(ours, theirs),
      }),
    )
    .map(line => `${line}\n`)
    .join('');
}

export function table(cases: readonly Case[]): string {
  const rows = [
    ['', 'ours', '', 'ratio', 'against'],
    ...cases.map(({ bench, case: name, peer, unit, ours, theirs }) => {
      const shown = (value: number) => `${round(value, value < 100 ? 1 : 0)} ${unit === 'mb' ? 'MB' : 'ms'}`;
      return [`${bench}, ${name}`, shown(ours), shown(theirs), ratioOf(ours, theirs).toFixed(2), peer];
    }),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  return rows
    .map(row =>
      row.map((cell, column) => (column % 4 === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('   '),
    )
    .map(line => `${line.trimEnd()}\n`)
    .join('');
}

function ratioOf(ours: number, theirs: number): number {
  return round(ours / theirs, 2);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
