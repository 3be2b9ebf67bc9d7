import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

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
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignorePartial: false, ignoreSticky: false }],
      'no-restricted-syntax': [
        'error',
        {
          // A rest parameter is as long as its call is written; a constant as it is in this source.
          selector:
            ':matches(CallExpression, NewExpression) > SpreadElement:not([argument.name=/^(rest|args|[A-Z_]+)$/])',
          message: 'A spread list of data overflows the stack when it is long: use a loop (src/base/lists.ts)',
        },
        {
          selector: "CallExpression[callee.property.name='apply'][arguments.length=2]",
          message: 'A list given as arguments overflows the stack when it is long: use a loop (src/base/lists.ts)',
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
