import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';

/** Bundles the workflows beside this file: the sources under a test, the compiled ones in the build. */
export async function bundleWorkflows(logger: Logger): Promise<string> {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const workflowsPath = fileURLToPath(new URL(`../workflows/index.${ending}`, import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  return code;
}
