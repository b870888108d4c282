import type { InventoryRow, PinPlan } from '../hosts/index.ts';
import { sanitizeLine } from '../sanitize.ts';
import { fingerprint, keyType } from '../tailnet/host-key.ts';
import { formatTable } from './table.ts';

export function renderInventory(rows: readonly InventoryRow[], now: number): string[] {
  const table = formatTable([
    ['HOST', 'NAME', 'ADDRESS', 'STATE', 'PATH', 'KEY', 'PIN', 'TAGS'],
    ...rows.map(row => [
      row.id,
      row.fqdn ?? row.name,
      row.ip ?? '-',
      stateOf(row),
      pathOf(row),
      expiryOf(row, now),
      row.pin,
      row.tags.join(',') || '-',
    ]),
  ]);
  const findings = rows.flatMap(row =>
    row.findings.flatMap(finding => [
      ...`${row.id}: ${finding.message}`.split('\n').map((line, index) => `${index > 0 ? '  ' : ''}${sanitizeLine(line)}`),
      ...finding.remedies.map(remedy => `  → ${sanitizeLine(remedy)}`),
    ]),
  );
  return findings.length > 0 ? [...table, '', ...findings] : table;
}

function stateOf(row: InventoryRow): string {
  if (row.fqdn === null) return 'unknown';
  if (row.self) return 'this machine';
  return row.online ? 'online' : 'offline';
}

function pathOf(row: InventoryRow): string {
  if (row.path === null) return '-';
  if (!row.path.ok) return row.path.code;
  const { kind, via, latencyMs } = row.path.path;
  return `${kind}${kind === 'direct' ? '' : ` (${via})`} ${Math.round(latencyMs)} ms`;
}

function expiryOf(row: InventoryRow, now: number): string {
  if (row.keyExpiry === null) return row.fqdn === null ? '-' : 'never expires';
  const days = Math.floor((Date.parse(row.keyExpiry) - now) / 86_400_000);
  return days < 0 ? 'expired' : `${days} d`;
}

const PIN_WORDS: Record<PinPlan['proposals'][number]['state'], string> = {
  new: 'new',
  same: 'unchanged',
  'new-keys': 'further keys',
  changed: 'CHANGED',
};

export function renderPins({ proposals, changes, file }: PinPlan): string[] {
  return [
    `Pins for ${file}`,
    ...proposals.flatMap(({ id, pin, state, source }) => [
      `  ${id}  ${pin.fqdn}  node ${pin.stableId}  ${PIN_WORDS[state]}, keys ${source === 'scan' ? 'seen over the tailnet' : 'vouched for by the tailnet'}`,
      ...pin.hostKeys.map(key => `      ${keyType(key)} ${fingerprint(key)}`),
      ...(changes[id] ?? []).map(change => `      ${change}`),
    ]),
  ];
}
