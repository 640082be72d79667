import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { DEPENDENCY_MAP, FURTHER_ENTRIES } from './tools/lint/dependency-map.js';
import {
  forbiddenDynamicImports,
  forbiddenImports,
  tensorflowOutside,
} from './tools/lint/forbidden-imports.js';

const TYPESCRIPT = ['**/*.ts', '**/*.tsx'];
const TESTS = ['**/*.test.ts', '**/*.bench.ts'];

/** Longer than 400 lines because the one concept in them is: each with its reason. */
const LONG_FILES = [];

const noDoubleAssertion = {
  selector: 'TSAsExpression > TSAsExpression[typeAnnotation.type="TSUnknownKeyword"]',
  message: 'A double assertion hides a type error: narrow the value, or mend the type.',
};

const shippedSyntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
  {
    selector: ':matches(ClassDeclaration, ClassExpression):not([superClass.name=/Error$/])',
    message: 'Classes are for errors; everything else is plain data and functions.',
  },
];

/** The arrows of the map, for every file of one package; those of an entry that may import more come last, and win. */
function packageRules(folder) {
  const rules = (purpose, syntax, entry) => {
    const patterns = forbiddenImports(folder, purpose, entry);
    return {
      'no-restricted-imports': ['error', { patterns }],
      'no-restricted-syntax': ['error', noDoubleAssertion, ...forbiddenDynamicImports(patterns), ...syntax],
    };
  };
  const source = `packages/${folder}/src`;
  return [undefined, ...Object.keys(FURTHER_ENTRIES[folder] ?? {})].flatMap((entry) => {
    const files = (extension) =>
      entry === undefined
        ? [`${source}/**/*${extension}`]
        : [`${source}/${entry}${extension}`, `${source}/${entry}/**/*${extension}`];
    const name = ['arrows', folder, entry].filter((part) => part !== undefined).join('/');
    return [
      { name, files: files('.ts'), rules: rules('shipped', shippedSyntax, entry) },
      { name: `${name}/tests`, files: files('.test.ts'), rules: rules('test', [], entry) },
    ];
  });
}

export default tseslint.config(
  {
    // AssemblyScript looks like TypeScript and is not: its own compiler checks it.
    ignores: [
      '**/dist/**',
      '**/out/**',
      '**/runs/**',
      '**/coverage/**',
      '.nx/**',
      '.stryker-tmp/**',
      '**/assembly/**',
    ],
  },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    name: 'typescript',
    files: TYPESCRIPT,
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // With types: the few that find real faults and do not double the run's time.
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Without.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An index loop over a typed array is the clear spelling when two arrays or an offset are in play.
      '@typescript-eslint/prefer-for-of': 'off',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400 }],
      'no-console': 'off',
      'no-restricted-syntax': ['error', noDoubleAssertion],
    },
  },
  {
    name: 'long files',
    files: ['packages/none', ...LONG_FILES],
    rules: { 'max-lines': 'off' },
  },
  {
    name: 'shipped',
    files: ['packages/*/src/**/*.ts'],
    ignores: [...TESTS, 'packages/pose-rft/src/cli/**'],
    rules: { 'no-console': 'error' },
  },
  ...Object.keys(DEPENDENCY_MAP).flatMap(packageRules),
  {
    name: 'no grab-bags',
    files: ['**/{utils,util,helpers,helper,common,misc}.{ts,js,mjs}'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program', message: 'Name the file after the one concept in it.' },
      ],
    },
  },
  {
    name: 'examples',
    files: ['examples/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [tensorflowOutside()] }] },
  },
  {
    name: 'scripts',
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        BroadcastChannel: 'readonly',
      },
    },
  },
);
