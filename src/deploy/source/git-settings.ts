/** One line of `git config --list --show-scope`. */
export interface Setting {
  scope: string;
  key: string;
  value: string;
}

/** What lies with the repository; the rest is the person's and the machine's. */
const OF_THE_REPOSITORY = new Set(['local', 'worktree']);

/** Settings whose value git, or a program that it starts, runs. */
const RUNS = new RegExp(
  [
    String.raw`^filter\..*\.(?:clean|smudge|process)$`,
    String.raw`^lfs\.(?:customtransfer|extension)\.`,
    String.raw`\.(?:\w*command|cmd|program|\w*helper|\w*editor|pager|\w*hook|askpass|driver|textconv|external|difffilter)$`,
    String.raw`^pager\.`,
    String.raw`^remote\..*\.vcs$`,
  ].join('|'),
);
/** Of these the first one counts, so that none can take its place. They are about what a partial clone fetches. */
const FIRST_COUNTS = /^(?:core\.gitproxy|remote\..*\.(?:uploadpack|receivepack))$/;
const PARTIAL = /^(?:extensions\.partialclone|remote\..*\.promisor)$/;

/** What `git lfs install --local` and git-crypt write: programs of the machine, by their names. */
const KNOWN_FILTERS = /^(?:git-lfs (?:clean|smudge|filter-process)(?: --skip)?(?: -- %f)?|"git-crypt" (?:clean|smudge)|cat)$/;

export interface Overrides {
  /** Key → the value that counts instead. */
  off: ReadonlyMap<string, string>;
  /** Those of them without which files come out of a commit with other bytes. */
  filters: readonly string[];
  /** A setting that cannot be switched off. */
  refused: string | null;
}

/**
 * Nothing of a repository's own configuration runs: each such setting has the value that the person's own gives it, or none.
 * A repository cannot bring a configuration by a clone, but an unpacked archive or a shared folder has one.
 */
export function overridesOf(settings: readonly Setting[]): Overrides {
  const own = new Map(settings.filter(({ scope }) => /^(?:system|global)$/.test(scope)).map(({ key, value }) => [key, value]));
  const theirs = settings.filter(({ scope, key, value }) => OF_THE_REPOSITORY.has(scope) && runs(key, value));
  const off = new Map<string, string>();
  const fetched = settings.some(({ key }) => PARTIAL.test(key));
  const first = fetched ? settings.find(({ scope, key }) => OF_THE_REPOSITORY.has(scope) && FIRST_COUNTS.test(key)) : undefined;
  for (const { key } of theirs) {
    const [, driver] = /^(filter\..*)\.\w+$/.exec(key) ?? [];
    // Values of the person's own may hold a secret, and arguments are seen by others: only filters get them back.
    if (driver === undefined) off.set(key, key === 'core.sshcommand' ? 'ssh' : '');
    else {
      off.set(key, own.get(key) ?? '');
      off.set(`${driver}.required`, own.get(`${driver}.required`) ?? 'false');
    }
  }
  return {
    off,
    filters: theirs.map(({ key }) => key).filter(key => /^filter\..*\.(?:smudge|process)$/.test(key) && !own.has(key)),
    // In `-c KEY=VALUE` the key ends at the first =.
    refused: first?.key ?? [...off.keys()].find(key => key.includes('=')) ?? null,
  };
}

function runs(key: string, value: string): boolean {
  return RUNS.test(key) && !(key.startsWith('filter.') && KNOWN_FILTERS.test(value));
}
