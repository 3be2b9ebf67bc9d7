import { existsSync, statSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { scratchFolder } from '../host/cache.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';

/** What `make modules_install` and depmod write beside the modules themselves. */
const LISTS = ['modules.builtin', 'modules.order', 'modules.dep'];

/** How modules are compressed, by the end of their names. */
export const UNPACKERS: Readonly<Record<string, string>> = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' };

/**
 * Holds a folder of modules against the kernel they are to be loaded by: a module tells in its vermagic (include/linux/vermagic.h)
 * of which release it is. Without a module that can be read the folder's own name tells, if it is that of a release.
 * @throws UserError if it is no folder of modules, is one or more levels too high, or belongs to another kernel.
 */
export async function checkModules(folder: string, release: string): Promise<void> {
  const isOne = LISTS.some((name) => existsSync(join(folder, name))) || existsSync(join(folder, 'kernel'));
  if (!isOne) {
    for (const below of [release, `modules/${release}`, `lib/modules/${release}`, `usr/lib/modules/${release}`]) {
      const path = join(folder, below);
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() && basename(folder) !== release) {
        throw refusal(folder, release, `it lies too high: the modules are in ${path}`, `modules: ${path}`);
      }
    }
    const inside = (await readdir(folder)).filter((name) => existsSync(join(folder, name, 'kernel')));
    if (inside.length > 0)
      throw refusal(folder, release, `it lies too high, and has only modules of ${inside.slice(0, 9).join(', ')}`);
    if (LISTS.some((name) => existsSync(join(dirname(folder), name))))
      throw refusal(folder, release, 'it lies too low', `modules: ${dirname(folder)}`);
    // A package's folder with nothing but its kernel in it is none of modules, and named as it should be.
    if (basename(folder) === release) return;
    throw refusal(folder, release, 'it has neither kernel/ nor modules.builtin nor modules.order');
  }
  const module = await firstModule(folder);
  const told = module === null ? null : await vermagicOf(module);
  const other = told ?? (looksLikeRelease(basename(folder)) ? basename(folder) : release);
  if (other === release) return;
  throw refusal(
    folder,
    release,
    told === null ? `its name is that of ${other}` : `its modules are of ${other} (vermagic of ${basename(module!)})`,
    'give bzImage and modules of the same build: make modules_install once more after the kernel was built again',
  );
}

function refusal(folder: string, release: string, why: string, next?: string): UserError {
  return new UserError({
    what: `${folder} is not the folder of modules of ${release}`,
    why,
    next: next ?? `modules: is the folder that make modules_install wrote, .../lib/modules/${release}`,
  });
}

function looksLikeRelease(name: string): boolean {
  return /^\d+\.\d+/.test(name);
}

/** A module somewhere below a folder, of the kernel's own before others; null if there is none. */
export async function firstModule(folder: string): Promise<string | null> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const kernelFirst = (name: string) => (name === 'kernel' ? 0 : 1);
  entries.sort((a, b) => kernelFirst(a.name) - kernelFirst(b.name) || (a.name < b.name ? -1 : 1));
  for (const entry of entries)
    if (entry.isFile() && /\.ko(?:\.\w+)?$/.test(entry.name)) return join(folder, entry.name);
  for (const entry of entries) {
    const found = entry.isDirectory() ? await firstModule(join(folder, entry.name)) : null;
    if (found !== null) return found;
  }
  return null;
}

/** The release in a module's `vermagic=6.1.0-50-cloud-amd64 SMP …`; null if it cannot be read. */
async function vermagicOf(module: string): Promise<string | null> {
  const unpacker = UNPACKERS[/\.ko(\.\w+)$/.exec(module)?.[1] ?? ''];
  const bytes = await (unpacker === undefined ? readFile(module) : unpacked(unpacker, module)).catch(() => null);
  if (bytes === null) return null;
  const mark = Buffer.from('\0vermagic=');
  const at = bytes.indexOf(mark);
  if (at < 0) return null;
  const text = bytes.toString('latin1', at + mark.length, at + mark.length + 200);
  return text.split(/[ \0]/)[0] ?? null;
}

/** A module without its compression. @throws UserError if the program for it is missing or the file is damaged. */
async function unpacked(program: string, module: string): Promise<Buffer> {
  const folder = scratchFolder('module');
  try {
    const target = join(folder, 'module.ko');
    await runTool(program, ['-dc', module], {
      timeout: 30,
      purpose: `unpacking ${basename(module)}`,
      stdoutFile: target,
    });
    return await readFile(target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
