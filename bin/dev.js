#!/usr/bin/env node
// The same commands straight from TypeScript, without a build: node bin/dev.js …
import { main } from '../src/main.ts';

await main(process.argv.slice(2));
