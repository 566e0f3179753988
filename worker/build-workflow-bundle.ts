import { renameSync, writeFileSync } from 'node:fs';
import { DefaultLogger } from '@temporalio/worker';
import { workflowBundlePath } from './package-root.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

const code = await bundleWorkflows(new DefaultLogger('WARN'));
const path = workflowBundlePath();
writeFileSync(`${path}.new`, code);
renameSync(`${path}.new`, path);
