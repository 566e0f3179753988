import { beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { bundleWorkflows } from '../../worker/workflow-bundle.ts';

let code = '';
beforeAll(async () => {
  code = await bundleWorkflows(new DefaultLogger('ERROR'));
}, 60_000);

/** The source map names every module that was bundled, whoever imported it. */
function modules(): string[] {
  const encoded =
    /sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)/.exec(code)?.[1] ?? '';
  const { sources } = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as {
    sources: string[];
  };
  return sources;
}

test('the workflow bundle holds every workflow and what they decide with', () => {
  const bundled = modules();
  for (const file of [
    'workflows/deliver-ticket.ts',
    'workflows/roll-out.ts',
    'domain/decide.ts',
    'domain/gate.ts',
  ]) {
    expect(bundled.some((source) => source.endsWith(file))).toBe(true);
  }
});

test.each(['zod', 'kysely', 'octokit', '@slack', 'jira-client'])(
  'the workflow bundle does not hold %s',
  (name) => {
    expect(modules().filter((source) => source.includes(`node_modules/${name}/`))).toEqual([]);
  },
);

test('the workflow bundle holds no Node builtin and nothing of the layers a workflow may not know', () => {
  const forbidden =
    /(^|\/)(node:[a-z/]+|external "node:|activities|integrations|store|gateway|worker|cli|sandbox)\/[^/]+\.ts$|\.schema\.ts$/;
  expect(
    modules().filter((source) => !source.includes('node_modules') && forbidden.test(source)),
  ).toEqual([]);
  expect(code).not.toMatch(/require\(["']node:/);
});
