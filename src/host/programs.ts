/** What a capability brings to hosts, as files below programs/. Each is POSIX sh; the shared ones only define functions. */
interface HostFiles {
  /** How it looks at a host when its transaction is over. */
  look: readonly string[];
  transaction: readonly string[];
  /** Sections of the facts program. */
  facts: readonly string[];
  /** What of it is ours on a host: `ops hosts forget` lists and removes it. */
  belongings: readonly string[];
}

/** Whether what runs is what was deployed. */
const PROOF = ['deploy/services', 'deploy/processes', 'deploy/configured', 'deploy/paths', 'deploy/proof'];

/** One entry a capability. */
const CAPABILITIES = {
  deploy: {
    look: ['core/guarded', 'deploy/look'],
    transaction: [
      ...[
        'core/with-host',
        'deploy/units',
        'deploy/spec',
        ...PROOF,
        'deploy/tree',
        'deploy/state',
        'deploy/probe',
        'deploy/dead',
      ],
      ...['deploy/layout-releases', 'deploy/retention', 'deploy/checks', 'deploy/activate', 'deploy/taken', 'deploy/adopt'],
      ...['deploy/modes', 'deploy/transaction'],
    ],
    facts: ['core/guarded', 'deploy/units', 'deploy/spec', ...PROOF, 'deploy/probe', 'deploy/installed', 'deploy/facts'],
    belongings: ['core/guarded', 'deploy/processes', 'deploy/taken', 'deploy/belongings'],
  },
} satisfies Record<string, HostFiles>;

const EACH: readonly HostFiles[] = Object.values(CAPABILITIES);
const BELONGINGS = ['hosts/belongings', ...EACH.flatMap(each => each.belongings)];

/** What changes a host, each in a transaction of its own. */
const CHANGES = { ...CAPABILITIES, forget: { look: [...BELONGINGS, 'hosts/look'], transaction: ['hosts/forget'] } };

const OTHERS = {
  facts: ['core/lib', 'core/who', ...EACH.flatMap(each => each.facts), 'core/facts'],
  stop: ['core/lib', 'core/stop'],
  stage: ['core/lib', 'core/guarded', 'deploy/dead', 'deploy/taken', 'deploy/stage'],
  unstage: ['core/lib', 'core/guarded', 'deploy/taken', 'deploy/unstage'],
  logs: ['core/lib', 'deploy/logs'],
  closer: ['core/lib', 'deploy/services', 'deploy/tree', 'deploy/probe', 'deploy/layout-releases', 'deploy/closer'],
  belongings: ['core/lib', ...BELONGINGS, 'hosts/list'],
};

type Change = keyof typeof CHANGES;
export type ProgramName = Change | `${Change}.${'start' | 'follow'}` | keyof typeof OTHERS;

/** A transaction, what starts it and what follows it. */
function programsOf([name, { look, transaction }]: [string, Pick<HostFiles, 'look' | 'transaction'>]) {
  return [
    [name, ['core/lib', 'core/run', ...look, ...transaction]],
    [`${name}.start`, ['core/lib', 'core/watch', ...look, 'core/start']],
    [`${name}.follow`, ['core/lib', 'core/watch', ...look, 'core/follow']],
  ];
}

/** Which files, in this order, make up a program. */
export const PROGRAM_FILES: Readonly<Record<ProgramName, readonly string[]>> = {
  ...OTHERS,
  ...(Object.fromEntries(Object.entries(CHANGES).flatMap(programsOf)) as Record<
    Exclude<ProgramName, keyof typeof OTHERS>,
    string[]
  >),
};
