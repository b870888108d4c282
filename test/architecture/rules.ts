import { type Node, nameOf, type SourceFile } from '../../scripts/source-file.ts';
import { type Graph, layerViolations, reachable, shortestCycle } from './layers.ts';
import { openedFileViolations } from './opened-files.ts';

export interface Rule {
  readonly id: string;
  /** What to do about a violation. */
  readonly mend: string;
  /** `PATH:LINE what`, a line each. */
  violations(files: readonly SourceFile[]): string[];
}

/** Where each package may be imported, at run time or for its types. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  '@oclif/core': /^src\/(commands?\/|main\.ts$)/,
  chalk: /^src\/report\//,
  execa: /^src\/exec\/local\.ts$/,
  listr2: /^src\/report\//,
  yaml: /^src\/config\/load\.ts$/,
  zod: /^src\/config\//,
};

const inSrc = (file: SourceFile) => file.path.startsWith('src/');
const inCommands = (file: SourceFile) => file.path.startsWith('src/commands/');
const inTests = (file: SourceFile) => file.path.startsWith('test/');
/** What decides without looking: the planners, and the vocabulary they speak. */
const isPlan = (file: SourceFile) =>
  /^src\/plan\//.test(file.path) || /^src\/(?!report\/).*\/plan(\/[a-z-]+|-[a-z-]+)?\.ts$/.test(file.path);

/** Every node of `files` for which `find` has something to say. */
function inNodes(files: readonly SourceFile[], find: (node: Node) => string | null): string[] {
  return files.flatMap(file =>
    file.nodes.flatMap(node => {
      const found = find(node);
      return found === null ? [] : [`${file.path}:${file.lineOf(node)} ${found}`];
    }),
  );
}

function inImports(
  files: readonly SourceFile[],
  find: (target: string, file: SourceFile, each: SourceFile['imports'][number]) => string | null,
): string[] {
  return files.flatMap(file =>
    file.imports.flatMap(each => {
      const found = find(each.target, file, each);
      return found === null ? [] : [`${file.path}:${each.line} ${found}`];
    }),
  );
}

export const RULES: readonly Rule[] = [
  {
    id: 'packages',
    mend: 'use what the folder in charge of the package exports; a new package gets its place in PACKAGES (test/architecture/rules.ts)',
    violations: files =>
      inImports(files.filter(inSrc), (target, file) => {
        if (target.startsWith('src/') || target.startsWith('node:')) return null;
        return PACKAGES[target]?.test(file.path) ? null : `imports ${target}`;
      }),
  },
  {
    id: 'child-processes',
    mend: 'describe the command as a CommandSpec and give it to the Runner (src/exec/runner.ts)',
    violations: files =>
      inImports(files.filter(inSrc), target => (/^(node:)?child_process$/.test(target) ? `imports ${target}` : null)),
  },
  {
    id: 'chosen-environments',
    mend: 'start it with `env: environmentOf(PROGRAM), extendEnv: false`; what a program may find in its environment is its row in src/exec/environment.ts',
    violations: files =>
      inNodes(files.filter(inSrc), node => {
        if (node.type !== 'CallExpression' || !/^execa(\.|$)/.test(nameOf(node.callee))) return null;
        const options = (node.arguments as Node[]).find(each => each.type === 'ObjectExpression');
        const value = (name: string) =>
          (options?.properties as Node[] | undefined)?.find(each => nameOf(each.key) === name)?.value as Node | undefined;
        if (value('extendEnv')?.value !== false) return 'starts a program with all of our own environment';
        const env = value('env');
        return nameOf(env?.callee) === 'environmentOf' ? null : 'starts a program without an environment of its own';
      }),
  },
  {
    id: 'files-are-opened-without-links',
    mend: 'read with readProjectFile, write with replaceFile (src/files/): no link on the way, a regular file, a limit, names that nobody guesses',
    violations: files => openedFileViolations(files.filter(inSrc)),
  },
  {
    id: 'one-git',
    mend: 'open the repository (src/deploy/source/repository.ts) and use its git: with another one a repository runs what its configuration says',
    violations: files =>
      inNodes(
        files.filter(file => inSrc(file) && file.path !== 'src/deploy/source/repository.ts'),
        node =>
          node.type === 'Property' && nameOf(node.key) === 'program' && (node.value as Node).value === 'git'
            ? 'starts git'
            : null,
      ),
  },
  {
    id: 'layers',
    mend: 'move what both need down (plan, host, exec, tailnet, run) or hand it over as a parameter; types are no exception; the table is MAY_IMPORT (test/architecture/layers.ts)',
    violations: files => layerViolations(files.filter(inSrc)),
  },
  {
    id: 'no-cycles',
    mend: 'move what both files need into a third one; types are no exception',
    violations: files => {
      const cycle = shortestCycle(files);
      return cycle === null ? [] : [`${cycle.join(' → ')}`];
    },
  },
  {
    id: 'plans-are-pure',
    mend: 'read in facts, decide in plan: hand the planner what it needs as data, and do the rest in the use-case',
    violations: files => {
      const plans = files.filter(isPlan);
      const reached = (graph: Graph) => plans.flatMap(plan => [...reachable(plan, graph)]);
      const graph = new Map(files.map(file => [file.path, file]));
      return [
        ...inNodes(plans, node => {
          if (node.type === 'AwaitExpression' || node.async === true) return 'is asynchronous';
          const name = node.type === 'MemberExpression' || node.type === 'NewExpression' ? nameOf(node.callee ?? node) : '';
          if (/^(Date|performance|crypto|process|console|globalThis)\b/.test(name) || name === 'Math.random')
            return `uses ${name}`;
          return /^(fetch|setTimeout|setInterval|setImmediate|Date)$/.test(
            node.type === 'CallExpression' ? nameOf(node.callee) : '',
          )
            ? `calls ${nameOf(node.callee)}`
            : null;
        }),
        ...inImports([...new Set([...plans, ...reached(graph)])], (target, _, { typeOnly }) =>
          !typeOnly && !target.startsWith('src/') && target !== 'node:path'
            ? `imports ${target} and is reached from a plan`
            : null,
        ),
      ];
    },
  },
  {
    id: 'orders-come-from-the-plan',
    mend: 'decide it in the plan and read it from there: what a host is told (order.ts) is made of its plan and of nothing else',
    violations: files => {
      const orders = files.filter(file => /^src\/.*\/order\.ts$/.test(file.path));
      const graph = new Map(files.map(file => [file.path, file]));
      const reached = orders.flatMap(order => [...reachable(order, graph)]);
      const isConfig = (target: string) => /^src\/(config\/|context\.ts$)/.test(target);
      return [
        ...inImports(orders, target => (isConfig(target) ? `imports ${target}` : null)),
        ...inImports(
          reached.filter(file => !orders.includes(file)),
          (target, _, { typeOnly }) => (!typeOnly && isConfig(target) ? `imports ${target} and is reached from an order` : null),
        ),
      ];
    },
  },
  {
    id: 'parameters',
    mend: 'pass one value that has a name (a part, a plan, a request), or split the function',
    violations: files =>
      inNodes(files.filter(inSrc), node => {
        const count = Array.isArray(node.params) ? node.params.length : 0;
        return /Function(Declaration|Expression)$/.test(node.type) && count > 5
          ? `takes ${count} parameters, 5 is the limit`
          : null;
      }),
  },
  {
    id: 'one-voice',
    mend: 'return data or emit an event; src/report/ and src/command/ print',
    violations: files =>
      inNodes(
        files.filter(file => inSrc(file) && !/^src\/(report\/|command\/|main\.ts$)/.test(file.path)),
        node =>
          node.type === 'MemberExpression' && /^(console\.\w+|process\.(stdout|stderr))$/.test(nameOf(node))
            ? `uses ${nameOf(node)}`
            : null,
      ),
  },
  {
    id: 'dry-run-stops-after-the-plan',
    mend: 'a dry run is «print the plan and stop» in src/command/: below it nothing knows of one',
    violations: files =>
      inNodes(
        files.filter(file => inSrc(file) && !inCommands(file) && !file.path.startsWith('src/command/')),
        node =>
          /^dry-?run$/i.test(String(node.type === 'Identifier' ? node.name : node.type === 'Literal' ? node.value : ''))
            ? 'knows of dry runs'
            : null,
      ),
  },
  {
    id: 'size',
    mend: 'give the second thing in it a file of its own, named after it',
    // A table of cases may be as long as its cases.
    violations: files =>
      files
        .filter(file => file.lineCount > 300 && !file.path.endsWith('.test.ts'))
        .map(file => `${file.path}:301 has ${file.lineCount} lines, 300 is the limit`),
  },
  {
    id: 'median-size',
    mend: 'split the long files of src/ by what they are about',
    violations: files => {
      const sizes = files
        .filter(inSrc)
        .map(file => file.lineCount)
        .sort((a, b) => a - b);
      const median = sizes[Math.floor(sizes.length / 2)] ?? 0;
      return median > 70 ? [`src: half of the files have ${median} lines or more, 70 is the limit`] : [];
    },
  },
  {
    id: 'commands-are-surface',
    mend: 'parse flags, call one use-case, render: loops, decisions about hosts and error handling belong to the use-case',
    violations: files => [
      ...files
        .filter(file => inCommands(file) && file.lineCount > 80)
        .map(file => `${file.path}:81 has ${file.lineCount} lines, 80 is the limit`),
      ...inNodes(files.filter(inCommands), node =>
        /^(For(In|Of)?Statement|(Do)?WhileStatement)$/.test(node.type)
          ? 'has a loop'
          : node.type === 'TryStatement'
            ? 'has a try'
            : null,
      ),
    ],
  },
  {
    id: 'names',
    mend: 'name the file in kebab-case after the one thing it exports; a drawer for odds and ends has no name of its own',
    violations: files =>
      files
        .filter(
          file =>
            !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.test|\.config|\.snapshot)?\.(ts|js)$/.test(file.path) ||
            /(^|\/)(utils?|helpers?|misc|common)(\/|\.|-)/.test(file.path),
        )
        .map(file => `${file.path}:1 is not a name that says what it holds`),
  },
  {
    id: 'named-exports',
    mend: 'export it by name; only oclif asks for a default export, of commands',
    violations: files =>
      inNodes(
        files.filter(file => inSrc(file) && !inCommands(file)),
        node => (node.type === 'ExportDefaultDeclaration' ? 'has a default export' : null),
      ),
  },
  {
    id: 'typed-errors',
    mend: 'throw an OpsError (src/errors.ts): a code, an exit, what to try; a BugError for what cannot happen',
    violations: files =>
      inNodes(files.filter(inSrc), node => {
        const thrown = node.type === 'ThrowStatement' ? (node.argument as Node) : null;
        const name = thrown?.type === 'NewExpression' ? nameOf(thrown.callee) : '';
        return /^(Error|TypeError|RangeError|SyntaxError)$/.test(name) ? `throws a bare ${name}` : null;
      }),
  },
  {
    id: 'every-test-runs',
    mend: 'mend the test or delete it; a machine that cannot run it makes it fail, not vanish',
    violations: files =>
      inNodes(files.filter(inTests), node =>
        node.type === 'MemberExpression' && /^(test|it|describe)(\.\w+)*\.(only|skip|skipIf|runIf|todo|fails)$/.test(nameOf(node))
          ? `uses ${nameOf(node)}`
          : null,
      ),
  },
  {
    id: 'no-module-mocks',
    mend: 'hand the code a fake that implements the real interface: a Runner, a folder, a server',
    violations: files =>
      inNodes(files.filter(inTests), node =>
        node.type === 'MemberExpression' && /^(vi\.(mock|doMock|hoisted)|mock\.module)$/.test(nameOf(node))
          ? `uses ${nameOf(node)}`
          : null,
      ),
  },
  {
    id: 'no-notes-to-self',
    mend: 'do it, or say in the present tense what the code does not do and why',
    violations: files =>
      files.flatMap(file =>
        file.comments.flatMap(({ text, line }) => {
          const [word] = /\b(TODO|FIXME|XXX|HACK)\b/.exec(text) ?? [];
          return word === undefined ? [] : [`${file.path}:${line} says ${word}`];
        }),
      ),
  },
  {
    id: 'zod-as-namespace',
    mend: "import * as z from 'zod': by name the bundle starts four times slower",
    violations: files =>
      inImports(files, (target, _, { namespace, typeOnly }) =>
        target === 'zod' && !namespace && !typeOnly ? 'imports names of zod' : null,
      ),
  },
];
