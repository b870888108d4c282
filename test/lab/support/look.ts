import type { Host } from '../../../lab/index.ts';

/** What a host shows to somebody who knows nothing of ops but where it keeps things. */
export interface Seen {
  /** What `current` points to; null when there is no such link. */
  readonly link: string | null;
  /** Paths behind `current` that are not as its manifest says; empty for a complete release. */
  readonly differs: readonly string[];
  /** First line of current/version. */
  readonly version: string | null;
  /** What the app answers on its port; null when nothing does. */
  readonly answer: string | null;
  /** Id → state of every release that the host has notes of. */
  readonly states: Readonly<Record<string, string>>;
  /** Names below releases/, hidden ones too. */
  readonly trees: readonly string[];
  /** ActiveState of the app's unit. */
  readonly unit: string;
}

export interface Place {
  readonly app: string;
  readonly path: string;
  readonly port: number;
  /** Where the host's notes are; default: where root keeps them. */
  readonly state?: string;
}

const SCRIPT = `
part() { printf '\\037%s\\036' "$1"; }
part link; readlink "$path/current"
part version; cat "$path/current/version" 2>/dev/null
part answer; curl -q -s --max-time 10 "http://127.0.0.1:$port/"
part states; for dir in "$state/apps/$app"/releases/*/; do [ -d "$dir" ] && echo "$(basename "$dir") $(cat "$dir/state")"; done
part trees; ls -A "$path/releases" 2>/dev/null
part unit; systemctl show -p ActiveState --value "$app.service"
part manifest; id=$(basename "$(readlink "$path/current")"); cat "$state/apps/$app/releases/$id/manifest" 2>/dev/null
part tree; cd -P "$path/current" 2>/dev/null && find . -mindepth 1 -printf '%y\\t%m\\t%l\\t%P\\n'
part sums; cd -P "$path/current" 2>/dev/null && find . -type f -print0 | xargs -0r sha256sum
`;

/** Reads the host itself, not through ops. */
export async function look(host: Host, { app, path, port, state = '/var/lib/ops' }: Place): Promise<Seen> {
  const shown = await host.must(['sh', '-c', `${SCRIPT}\ntrue`], { env: { app, path, state, port: String(port) } });
  const parts = new Map(
    shown
      .split('\x1f')
      .slice(1)
      .map(part => part.split('\x1e') as [string, string]),
  );
  const lines = (name: string) => (parts.get(name) ?? '').split('\n').filter(line => line !== '');
  return {
    link: lines('link')[0] ?? null,
    differs: compare(lines('manifest'), lines('tree'), lines('sums')),
    version: lines('version')[0] ?? null,
    answer: lines('answer')[0] ?? null,
    states: Object.fromEntries(lines('states').map(line => line.trim().split(' ') as [string, string])),
    trees: lines('trees'),
    unit: lines('unit')[0] ?? '',
  };
}

/** Every path that the manifest and the tree do not agree on. A release without a manifest differs in everything. */
function compare(manifest: readonly string[], tree: readonly string[], sums: readonly string[]): string[] {
  const hashes = new Map(sums.map(line => [line.slice(line.indexOf('./') + 2), line.slice(0, 64)]));
  const found = new Map(
    tree.map(line => {
      const [type, mode, target, path = ''] = line.split('\t');
      if (type === 'f') return [path, `f ${mode} ${hashes.get(path)}`];
      return [path, type === 'l' ? `l - ${target}` : `${type} ${mode} -`];
    }),
  );
  const wanted = new Map(
    manifest.map(line => {
      const [type, mode, content, path = ''] = line.split('\t');
      return [path, `${type} ${mode} ${content}`];
    }),
  );
  if (wanted.size === 0) return ['(no manifest)', ...found.keys()];
  return [...new Set([...wanted.keys(), ...found.keys()])].filter(path => wanted.get(path) !== found.get(path)).sort();
}
