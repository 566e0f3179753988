/**
 * `node cli/set-up-download.js DIRECTORY`: has the Temporal SDK download its development server into
 * the directory. The SDK downloads only when it starts one, so one is started and stopped.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const downloadDir = process.argv[2];
if (downloadDir === undefined) throw new Error('Usage: node cli/set-up-download.js DIRECTORY');
try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir } },
  });
  await environment.teardown();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
