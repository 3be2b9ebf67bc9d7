import { globMatches } from '../base/glob.js';
import { show } from '../config/breach.js';
import * as field from '../config/fields.js';
import type { RowOf } from '../config/row.js';
import { suites } from './deb-check.js';
import { resolveDebKernel } from './deb-resolve.js';
import type { FoundKernel, KernelSource } from './source.js';

const schema = {
  suite: field.suite.describe('Debian suite, for example bookworm-security.'),
  package: field.kernelPackage.describe(
    'Package name. * matches any run of characters and the whole name has to match; of what matches only packages with a bootable kernel count, never -dbg, and none that ends in -unsigned. The newest version is taken.',
  ),
  version: field.packageVersion
    .optional()
    .describe('Fixes the version; without it the newest is taken and its sha256 recorded.'),
  sha256: field.sha256.optional().describe('Fixes the content of the package.'),
};

export type DebRow = RowOf<'deb', typeof schema>;

/** A Debian binary package, out of apt's signed index: nothing is fetched beside apt. */
export const debSource: KernelSource<DebRow> = {
  id: 'deb',
  schema,
  paths: [],
  installable: false,
  needs: [],
  artifacts: () => [],
  resolve: (row, { mirrors, ...options }) => resolveDebKernel(row, mirrors, options),
  pin: (row, found) => ({
    row: found.version
      ? { ...row, package: found.package ?? row.package, version: found.version, sha256: found.sha256 }
      : row,
    problems: pinProblems(row, found),
  }),
  describe: (row) => `newest ${row.package} of ${row.suite}${row.version ? `, version ${row.version}` : ''}`,
  checks: (rows, { guest }) => [() => suites(guest, rows)],
};

/** A row's package was found by its pattern, and is the one that the row fixes. */
function pinProblems(row: DebRow, { package: found, version, sha256 }: FoundKernel): string[] {
  const other = (what: string, wanted: string, got: string) =>
    `kernel ${row.name}: expected a package of ${what} ${wanted}, got ${show(got)}`;
  return [
    ...(found && !globMatches(row.package, found) ? [other('name', row.package, found)] : []),
    ...(version && row.version && version !== row.version ? [other('version', row.version, version)] : []),
    ...(row.sha256 && sha256 !== row.sha256 ? [other('sha256', row.sha256, sha256)] : []),
  ];
}
