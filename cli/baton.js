#!/usr/bin/env node
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const main = new URL('../dist/cli/main.js', import.meta.url);

if (major < 20 || (major === 20 && minor < 20)) {
  refuse(`baton needs Node 20.20 or newer; this is ${process.versions.node}.`);
} else if (!existsSync(main)) {
  refuse('baton is not built yet. Run: npm run setup');
} else {
  const { runCommandLine } = await import(main.href);
  await runCommandLine(process.argv);
}

/** @param {string} sentence */
function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 3;
}
