#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`ops needs Node 22.13 or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}

const dist = new URL('../dist/', import.meta.url);
const argv = process.argv.slice(2);
const [first] = argv;

// What is asked most often does not load the framework: the texts were written by the build, the help last.
if (!existsSync(new URL('help.txt', dist))) {
  process.stderr.write('this checkout of ops has no build (build-missing) · exit 1\n→ npm run build\n');
  process.exitCode = 1;
} else if (argv.length === 1 && first === '--version') {
  print(`${agent()}\n`);
} else if (argv.length === 0 || (argv.length === 1 && ['--help', '-h', 'help'].includes(first))) {
  print(text('help.txt').replace('{agent}', agent()));
} else {
  nodeModule.enableCompileCache?.();
  const { main } = await import(new URL('main.js', dist).href);
  await main(argv);
}

/** A reader may go away; what could not be written for another reason is said, as src/report/streams.ts says it. */
function print(lines) {
  process.stdout.on('error', error => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 1;
    const why = process.getBuiltinModule('node:util').getSystemErrorMessage(error.errno);
    process.stderr.write(`stdout could not be written: ${why} (output-unwritten) · exit 1\n`);
  });
  process.stdout.write(lines);
}

function agent() {
  return `${text('version.txt')} ${process.platform}-${process.arch} node-${process.version}`;
}

function text(name) {
  return readFileSync(new URL(name, dist), 'utf8');
}
