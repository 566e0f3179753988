import { argv, exit, stderr } from 'node:process';
import { createPgliteTemplate } from './pglite-template.ts';

/** `node dist/store/create-template.js DIR`: set-up's short process of its own. Exit 0 done, 1 failed, 2 wrong usage. */
const directory = argv[2];
if (directory === undefined || argv.length > 3) {
  stderr.write('Usage: node dist/store/create-template.js DIRECTORY\n');
  exit(2);
}
try {
  const made = await createPgliteTemplate(directory);
  stderr.write(made ? `Made the empty database in ${directory}.\n` : '');
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  stderr.write(`The empty database could not be made in ${directory}: ${reason}\n`);
  exit(1);
}
