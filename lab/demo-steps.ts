/** What the demo types into the operator's shell, in the app's directory, and what it expects to happen. */
export interface Step {
  /** One line for whoever watches. */
  readonly why: string;
  readonly type: string;
  /** Default 0. */
  readonly exit?: number;
  /** What the output must contain for the demo to go on. */
  readonly shows?: string;
  /** Part of the short transcript in the README. */
  readonly inReadme?: boolean;
}

/** Below the home of dev at the operator. */
export const APP_DIRECTORY = 'board';

const PAGES = 'curl -sS http://web1.lab.test:8080/ http://web2.lab.test:8080/';

export const STEPS: readonly Step[] = [
  { why: 'Node-RED as npm installs it, one page of its own, and an ops.yaml', type: 'find . -type f | wc -l; cat ops.yaml' },
  { why: 'Who is there, as the tailnet sees it', type: 'ops hosts', shows: 'web2.lab.test' },
  { why: 'Record who these hosts are', type: 'ops hosts pin --yes', shows: 'Pinned web1, web2' },
  { why: 'May we? Nothing is changed', type: 'ops preflight', inReadme: true, shows: 'checks on 2 hosts' },
  { why: 'Version 1, every file of it', type: 'ops deploy --yes', inReadme: true, shows: 'Deployed' },
  { why: 'What is served now', type: 'ops status', shows: '(proven)' },
  {
    why: 'Version 2 changes one file',
    type: "sed -i 's/Version 1/Version 2/' flows.json && ops deploy --yes",
    inReadme: true,
    shows: 'upload 1 file',
  },
  { why: 'The one before is kept', type: 'ops status', shows: 'before it' },
  { why: 'The page, over the tailnet', type: PAGES, shows: 'Version 2' },
  {
    why: 'Version 3 lacks a package and cannot start',
    type: 'rm -r node_modules/express && ops deploy --yes',
    inReadme: true,
    exit: 30,
  },
  { why: 'It went back by itself', type: 'ops status', inReadme: true, shows: 'rolled-back' },
  { why: 'Version 2 is still served', type: PAGES, inReadme: true, shows: 'Version 2' },
];

/** What to try in the lab that the demo leaves running. */
export function nextCommands(lab: string): string[] {
  const inApp = (command: string) => `npm run lab -- exec op --user dev --name ${lab} -- 'cd ${APP_DIRECTORY} && ${command}'`;
  return [
    inApp('ops rollback --yes'),
    inApp('ops logs --host web1 --lines 5'),
    `npm run lab -- shell op --user dev --name ${lab}`,
  ];
}

export function downCommand(lab: string): string {
  return `npm run lab -- down --name ${lab}`;
}
