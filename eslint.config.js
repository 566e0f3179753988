import tseslint from 'typescript-eslint';

/**
 * The layer table of the architecture: which folders each folder may import. `types` may be
 * imported with `import type` only. What lint cannot see (what ends up in the workflow bundle) is
 * held by test/unit/bundle.test.ts.
 */
const FOLDERS = [
  'domain',
  'workflows',
  'activities',
  'integrations',
  'store',
  'temporal',
  'gateway',
  'worker',
  'cli',
  'dashboard',
  'sandbox',
  'test',
  'bench',
];
const LAYERS = {
  domain: { values: [] },
  workflows: { values: ['domain'], types: ['activities'] },
  integrations: { values: ['domain'] },
  store: { values: ['domain', 'integrations/process'] },
  temporal: { values: ['domain', 'integrations/process'] },
  activities: { values: ['domain', 'integrations', 'store'] },
  gateway: { values: ['domain', 'integrations', 'store', 'temporal'], types: ['workflows'] },
  worker: { values: ['domain', 'workflows', 'activities', 'integrations', 'store', 'temporal'] },
  cli: { values: ['domain', 'worker', 'gateway', 'temporal'] },
  sandbox: { values: [] },
};

function layer(folder, { values, types = [] }) {
  const forbidden = FOLDERS.filter(
    (other) =>
      other !== folder &&
      !values.includes(other) &&
      !types.includes(other) &&
      !values.some((v) => v.startsWith(other + '/')),
  );
  const patterns = forbidden.map((other) => ({
    regex: `^(\\.\\./)+${other}/`,
    message: `${folder}/ may not import ${other}/ (see docs/explanation/architecture.md).`,
  }));
  for (const other of types) {
    patterns.push({
      regex: `^(\\.\\./)+${other}/`,
      allowTypeImports: true,
      message: `${folder}/ may import only types from ${other}/.`,
    });
  }
  for (const value of values.filter((v) => v.includes('/'))) {
    const [top, sub] = value.split('/');
    if (!values.includes(top))
      patterns.push({
        regex: `^(\\.\\./)+${top}/(?!${sub}/)`,
        message: `${folder}/ may import only ${value}/ of ${top}/.`,
      });
  }
  if (folder === 'workflows') {
    patterns.push({
      regex: '\\.schema\\.ts$',
      allowTypeImports: true,
      message: 'A workflow imports the type, never the schema: zod adds a megabyte to the bundle.',
    });
  }
  if (folder === 'activities') {
    patterns.push({
      regex: '^\\.\\./integrations/[a-z]+/(?!port|errors|failures|process)',
      allowTypeImports: true,
      message: 'Activities know ports, never adapters.',
    });
  }
  return patterns;
}

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'No default exports: name the subject.',
};

/** The import rule does not see `await import('../other/...')`. */
function lateImports(patterns) {
  return patterns.map(({ regex, message }) => ({
    selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\u002F')}/]`,
    message,
  }));
}

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'sandbox/sample/',
      'coverage/',
      'test/histories/',
      '**/*.d.ts',
    ],
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.recommended],
    languageOptions: { globals: { process: 'readonly' } },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/require-await': 'off', // an adapter answers a promise because its port says so
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT],
    },
  },
  ...Object.entries(LAYERS).map(([folder, allowed]) => ({
    files: [`${folder}/**/*.ts`],
    ignores: [
      '**/*.test.ts',
      'integrations/**/conformance.ts',
      ...(folder === 'cli' ? ['cli/sandbox.ts'] : []),
    ],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: layer(folder, allowed) }],
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, ...lateImports(layer(folder, allowed))],
    },
  })),
  {
    files: ['domain/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.schema.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^[^.]',
              message: 'domain/ imports nothing but its own files; zod only in *.schema.ts.',
            },
            ...layer('domain', LAYERS.domain),
            {
              regex: '\\.schema\\.ts$',
              allowTypeImports: true,
              message: 'Import the type, never the schema.',
            },
          ],
        },
      ],
    },
  },
);
