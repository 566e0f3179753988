/**
 * Three suites: `unit` beside the code (offline, under a minute), `scenarios` on a real Temporal
 * server, `deep` for the large counts. Each runs on native ESM with swc.
 */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/sandbox/sample/'],
  injectGlobals: false,
};

export default {
  testTimeout: 60_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/!(test|bench)/**/*.test.ts', '<rootDir>/test/unit/**/*.test.ts'],
    },
    { ...common, displayName: 'scenarios', testMatch: ['<rootDir>/test/scenarios/**/*.test.ts'] },
    { ...common, displayName: 'deep', testMatch: ['<rootDir>/test/deep/**/*.test.ts'] },
  ],
};
