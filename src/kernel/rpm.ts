import { createHash } from 'node:crypto';
import { rpmArtifact } from '../artifact/rpm.js';
import { listOf, loose, type Breach, type Loose } from '../config/breach.js';
import * as field from '../config/fields.js';
import type { RowOf } from '../config/row.js';
import { rpmBreaches, signerBreaches } from '../config/rules.js';
import { rpmFields, rpms, withSigner, type RpmSource } from '../config/schema-rpm.js';
import type { Path } from '../config/tree.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import type { LocalFile } from './local-file.js';
import { kernelInTree } from './in-tree.js';
import { keepTree, mergeUsr } from './tree.js';
import type { ResolvedKernel } from './resolved-kernel.js';
import { unpackRpm } from './rpm-payload.js';
import type { KernelSource } from './source.js';

const schema = {
  release: field.release.describe('What uname -r must answer, at most 64 characters.'),
  ...rpmFields,
  modules_rpms: rpms
    .optional()
    .describe(
      'The other RPMs of a kernel that is split into several, as from el8 on and in Fedora: kernel-modules, kernel-modules-core. rpm: is then kernel-core. Embedded guest only.',
    ),
};

export type RpmRow = RowOf<'rpm', typeof schema> & RpmSource;

/** An RPM, and where a distribution splits its kernel those of the modules. */
export const rpmSource: KernelSource<RpmRow> = {
  id: 'rpm',
  schema,
  paths: [],
  installable: true,
  complete: withSigner,
  rules: (row, at, { os, keys }) => [
    ...signerBreaches(at, row, keys),
    ...rpmBreaches([...at, 'modules_rpms'], row['modules_rpms'], keys),
    ...(row['modules_rpms'] !== undefined && os === 'el7' ? [splitOnEl7(at)] : []),
    ...namedTwice(row, at),
  ],
  needs: [
    { package: 'rpm', provides: 'rpm', why: 'reads the headers of kernel RPMs' },
    { package: 'rpm2cpio', provides: 'rpm2cpio', why: 'extracts kernel RPMs' },
  ],
  artifacts: (row, { signing_keys: keys }) => rpmsOf(row).map((each) => rpmArtifact(each, keys)),
  resolve: (row, { files, ...options }) => resolveRpmKernel(row, files, options),
  describe: (row, extracted) =>
    `${rpmsOf(row)
      .map(({ rpm }) => rpm)
      .join(' with ')}, ${extracted ? 'extracted, not' : 'to be'} installed`,
  // Each of its files is an artifact, and looked at as one.
  checks: () => [],
};

function splitOnEl7(at: Path): Breach {
  const expected = 'nothing, as a guest with os: el7 installs kernels of one RPM';
  return { path: [...at, 'modules_rpms'], expected, got: 'a list' };
}

/** An RPM that a row names twice is fetched once under one name: one of the two is not the file that is meant. */
function namedTwice(row: Loose, at: Path): Breach[] {
  const seen = new Set([row['rpm']]);
  return listOf(row['modules_rpms']).flatMap((each, index) => {
    const { rpm } = loose(each);
    if (typeof rpm !== 'string' || !seen.has(rpm)) {
      seen.add(rpm);
      return [];
    }
    return [{ path: [...at, 'modules_rpms', index, 'rpm'], expected: 'an RPM that the row does not name before' }];
  });
}

/** The kernel's own RPM, then those of its modules. */
function rpmsOf(row: RpmRow): RpmSource[] {
  return [row, ...(row.modules_rpms ?? [])];
}

/**
 * Extracts a kernel's RPMs into the cache once: one, or several where a distribution splits its kernel (kernel-core and
 * kernel-modules of el8 and Fedora). None of their scripts runs and nothing is installed; signatures or hashes have been verified
 * before (src/artifact).
 * @param rpms the kernel's own first, then those of modules_rpms.
 * @throws UserError if there is no such file, one is no binary package for this architecture, they hold no kernel, or they do
 * not belong together.
 */
export async function resolveRpmKernel(
  source: Pick<RpmRow, 'rpm'>,
  rpms: readonly LocalFile[] | undefined,
  options: { onProgress: (message: string) => void; signal: AbortSignal },
): Promise<ResolvedKernel> {
  const [own, ...others] = rpms ?? [];
  if (!own) {
    throw new UserError({
      what: `${source.rpm} is not there`,
      where: 'rpm: of the row in kernels.yaml',
      why: 'it was not among the files fetched for this run',
      next: 'npm run doctor tells where it could be had',
    });
  }
  const all = [own, ...others];
  const headers = [];
  for (const rpm of all) headers.push(await readHeader(rpm, options.signal));
  const folder = await keepTree(treeKey(all), options.signal, async (stage) => {
    for (const rpm of all) {
      options.onProgress(`extracting ${rpm.name}`);
      await unpackRpm(rpm.path, rpm.name, stage, options.signal);
    }
    await mergeUsr(stage);
  });
  const found = await kernelInTree({
    folder,
    name: all.map(({ name }) => name).join(' with '),
    where: own.place,
    next: 'distributions that split the kernel have it in kernel-core-*.rpm: give that as rpm: and kernel-modules-*.rpm in modules_rpms:',
  });
  const { name, version } = headers[0]!;
  return {
    ...found,
    source: 'rpm',
    package: name,
    version,
    origin: own.place,
    sha256: own.sha256,
    files: all.map((rpm) => ({ name: rpm.name, sha256: rpm.sha256 })),
  };
}

/** Names a tree by all that is in it. */
function treeKey(rpms: readonly LocalFile[]): string {
  if (rpms.length === 1) return rpms[0]!.sha256;
  return createHash('sha256')
    .update(rpms.map(({ sha256 }) => sha256).join(' '))
    .digest('hex');
}

/** Name and version out of the RPM's header. @throws UserError for a source RPM or another architecture. */
async function readHeader(rpm: LocalFile, signal: AbortSignal): Promise<{ name: string; version: string }> {
  // Signatures were checked with the pinned key; the host's own rpm database knows no key of CentOS.
  const format = '%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %|SOURCERPM?{binary}:{source}|\\n';
  const { stdout } = await runTool('rpm', ['-qp', '--nosignature', '--nodigest', '--qf', format, '--', rpm.path], {
    timeout: 60,
    purpose: `reading the header of ${rpm.name}`,
    signal,
  });
  const [name = '', version = '', architecture = '', kind = ''] = stdout.trim().split(' ');
  if (kind === 'source') {
    throw new UserError({
      what: `${rpm.name} is a source RPM`,
      where: rpm.place,
      why: 'it holds what a kernel is built from, not a kernel',
      next: `give the binary package: its name ends in .x86_64.rpm`,
    });
  }
  if (architecture !== 'x86_64' && architecture !== 'noarch') {
    throw new UserError({
      what: `${rpm.name} is for ${architecture}`,
      where: rpm.place,
      why: 'the guest is x86_64',
      next: `give the package for x86_64`,
    });
  }
  return { name, version };
}
