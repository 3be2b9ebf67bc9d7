/** Folders of src from the ground up: each may import itself and what stands before it (docs/architecture.md). */
const FOLDERS = [
  'base',
  'host',
  'config',
  'artifact',
  'console',
  'journal',
  'remote',
  'run-events',
  'kernel',
  'provider',
  'runtime',
  'guest',
  'document',
  'scenario',
  'verdict',
  'compare',
  'run',
  'doctor',
  'report',
  'cli',
];

const layers = FOLDERS.slice(0, -1).map((folder, index) => ({
  name: `layer-${folder}`,
  comment: `src/${folder} imports a folder above it`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: `^src/(${FOLDERS.slice(index + 1).join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'known-folder',
      comment: 'a file of src outside the folders of docs/architecture.md escapes the rules above',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: `^src/(${FOLDERS.join('|')})/` },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      comment: 'nothing imports it and it imports nothing',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/main\\.ts$', orphan: true },
      to: {},
    },
    {
      name: 'no-unused',
      comment: 'the program never reaches it; what only a test needs belongs in test/',
      severity: 'error',
      from: { path: '^src/cli/main\\.ts$' },
      to: { path: '^src/', reachable: false },
    },
    { name: 'no-test-in-src', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
    {
      name: 'no-dev-dependencies',
      comment: 'it would be missing where the package is installed',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // Imports of types count too: they are how a folder's words leak upwards.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
