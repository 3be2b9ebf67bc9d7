import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** Functions of node:fs that make or change a file. */
const WRITING = [
  ...[
    'writeFile',
    'writeFileSync',
    'appendFile',
    'appendFileSync',
    'createWriteStream',
    'write',
    'writeSync',
    'open',
    'openSync',
  ],
  ...['cp', 'cpSync', 'copyFile', 'copyFileSync', 'rename', 'renameSync', 'link', 'linkSync', 'symlink', 'symlinkSync'],
  ...['truncate', 'truncateSync', 'ftruncate', 'ftruncateSync'],
];

/** Files that own files: the writers themselves, the journal, logs of machines, and what is built in the cache. */
const FILE_WRITERS = [
  ...['write-file', 'named-file', 'copy-files', 'cache', 'apt'].map((name) => `src/host/${name}.ts`),
  'src/journal/writer.ts',
  // Opens for reading only.
  'src/host/regular-file.ts',
  ...['copy', 'download', 'fetch', 'part', 'openpgp', 'rpm-signature'].map((name) => `src/artifact/${name}.ts`),
  'src/remote/ssh.ts',
  'src/provider/qemu/image/*.ts',
  'src/kernel/*.ts',
  'src/console/file.ts',
  ...['keys', 'machine', 'saved'].map((name) => `src/provider/qemu/${name}.ts`),
  'src/provider/vagrant/machine.ts',
  'src/provider/vagrant/vagrant.ts',
  // Reads the start of a file; makes a mark that nobody else has; puts a whole run in place.
  ...['output-place', 'run-owner', 'staged-files', 'command/merge'].map((name) => `src/cli/${name}.ts`),
];

/** What a lint rule refuses of lists that data made: their length is not known. */
const SPREADS = [
  {
    // A rest parameter is as long as its call is written; a constant as it is in this source.
    selector: ':matches(CallExpression, NewExpression) > SpreadElement:not([argument.name=/^(rest|args|[A-Z_]+)$/])',
    message: 'A spread list of data overflows the stack when it is long: use a loop (src/base/lists.ts)',
  },
  {
    selector: "CallExpression[callee.property.name='apply'][arguments.length=2]",
    message: 'A list given as arguments overflows the stack when it is long: use a loop (src/base/lists.ts)',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'runs/', 'node_modules/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-control-regex': 'error',
      'no-unreachable-loop': 'error',
      'no-promise-executor-return': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An abort signal's reason is thrown on as it is; its type is `any`.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
    },
  },
  {
    // What a guest, a host or a file says may be of any length and made to be slow: nothing takes more than linear time for it.
    files: ['src/**/*.ts'],
    plugins: { regexp },
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignorePartial: false, ignoreSticky: false }],
      'no-restricted-syntax': ['error', ...SPREADS],
    },
  },
  {
    // What others may read is written by src/host/write-file.ts, whole and through no link; these few have files of another kind.
    files: ['src/**/*.ts'],
    ignores: FILE_WRITERS,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:fs', 'node:fs/promises', 'fs', 'fs/promises'].map((name) => ({
            name,
            importNames: WRITING,
            message:
              'use writeInside, writeWhole (src/host/write-file.ts), writeNamed (named-file.ts) or copyInside (copy-files.ts)',
          })),
        },
      ],
      'no-restricted-syntax': [
        'error',
        ...SPREADS,
        {
          selector:
            'ImportDeclaration[source.value=/^(node:)?fs(\\u002Fpromises)?$/] > :matches(ImportNamespaceSpecifier, ImportDefaultSpecifier)',
          message: 'import the functions of node:fs by name, so that those which write are seen',
        },
      ],
    },
  },
  {
    // A bench prints its figures; a fixture run as a program talks over stdout.
    files: ['bench/**/*.ts', 'test/**/fixtures/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
