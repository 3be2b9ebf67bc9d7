import { existsSync, statSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bad, good, type Finding } from '../base/finding.js';
import * as field from '../config/fields.js';
import type { RowOf } from '../config/row.js';
import { sha256Of } from '../host/apt.js';
import { UserError } from '../host/user-error.js';
import { bzImageRelease } from './bz-image.js';
import { checkModules } from './modules-folder.js';
import { keepTree, treeHash } from './tree.js';
import type { ResolvedKernel } from './resolved-kernel.js';
import type { KernelSource } from './source.js';

const schema = {
  path: field.path.describe('The bzImage; a relative path starts at the directory of kernels.yaml.'),
  modules: field.path.optional().describe("The kernel's own directory of modules, .../lib/modules/<release>."),
  initramfs: field
    .word(['auto', 'none', 'always'])
    .default('auto')
    .describe('auto (the default) makes one only if the disk driver or ext4 is a module.'),
};

export type FileRow = RowOf<'file', typeof schema>;

/** A bzImage of the user's own. */
export const fileSource: KernelSource<FileRow> = {
  id: 'file',
  schema,
  paths: ['path', 'modules'],
  installable: false,
  needs: [],
  artifacts: () => [],
  resolve: resolveFileKernel,
  describe: (row) => `${row.path}${row.modules ? ` with modules ${row.modules}` : ''}`,
  checks: (rows) => [() => Promise.all(rows.map(fileFinding))],
};

/** Takes a bzImage of the user's own, with its modules if there are any. */
export async function resolveFileKernel(source: Pick<FileRow, keyof typeof schema>): Promise<ResolvedKernel> {
  const release = bzImageRelease(source.path);
  const files = [{ name: basename(source.path), sha256: await sha256Of(source.path) }];
  let moduleRoot: string | null = null;
  if (source.modules !== undefined) {
    if (!existsSync(source.modules) || !statSync(source.modules).isDirectory()) {
      throw new UserError({
        what: `the modules directory ${source.modules} is not there`,
        where: `kernel ${source.path}`,
        next: `modules: is the directory that make modules_install wrote, .../lib/modules/${release}`,
      });
    }
    await checkModules(source.modules, release);
    files.push({ name: basename(source.modules), sha256: await treeHash(source.modules) });
    moduleRoot = await linkModules(files[1]!.sha256, release, source.modules);
  }
  return {
    release,
    vmlinuz: source.path,
    moduleRoot,
    source: 'file',
    package: null,
    version: null,
    origin: source.path,
    sha256: files[0]!.sha256,
    files,
    initramfs: source.initramfs,
  };
}

/** Gives a user's modules directory the place below which depmod and modprobe look, without touching it. */
async function linkModules(key: string, release: string, modules: string): Promise<string> {
  return keepTree(`file-${key.slice(0, 32)}-${release}`, undefined, async (stage) => {
    await mkdir(join(stage, 'lib/modules'), { recursive: true });
    // make modules_install leaves links to the whole source tree, or to one that is gone.
    const left = ['build', 'source'].map((name) => join(modules, name));
    await cp(modules, join(stage, 'lib/modules', release), {
      recursive: true,
      dereference: true,
      filter: (path) => !left.includes(path),
    });
  });
}

/** Whether a kernel can boot in the guest, and its modules are its own. Nothing is copied. */
async function fileFinding({ name, path, modules }: FileRow): Promise<Finding> {
  const topic = `kernel ${name}`;
  try {
    const release = bzImageRelease(path);
    if (modules === undefined) return good(topic, `${release}, without modules`);
    if (!existsSync(modules))
      return bad(topic, `the modules directory ${modules} is not there`, 'correct modules: of the row');
    await checkModules(modules, release);
    return good(topic, `${release}, with its modules`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return bad(topic, [error.parts.what, error.parts.why].filter(Boolean).join(': '), error.parts.next);
  }
}
