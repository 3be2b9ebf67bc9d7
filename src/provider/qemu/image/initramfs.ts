import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { scratchFolder } from '../../../host/cache.js';
import { runTool } from '../../../host/tool.js';
import { UserError } from '../../../host/user-error.js';
import { filePath } from './files.js';
import { UNPACKERS } from '../../../kernel/modules-folder.js';

/** Files of `modprobe --show-depends`: lines `insmod <path>`; `builtin <name>` lines need nothing. */
export function insmodFiles(output: string): string[] {
  return output
    .split('\n')
    .map((line) => /^insmod (\S+)/.exec(line)?.[1])
    .filter((path): path is string => path !== undefined);
}

/**
 * Writes an initramfs (newc cpio, gzip) of busybox, this program's init and the given modules, decompressed.
 * @param busybox path of a static busybox.
 */
export async function writeInitramfs(
  target: string,
  busybox: string,
  modules: string[],
  signal: AbortSignal,
): Promise<void> {
  const stage = scratchFolder('initramfs');
  try {
    await mkdir(join(stage, 'bin'), { recursive: true });
    await mkdir(join(stage, 'modules'));
    await copyFile(busybox, join(stage, 'bin/busybox'));
    await copyFile(filePath('initramfs-init'), join(stage, 'init'));
    await chmod(join(stage, 'init'), 0o755);
    await chmod(join(stage, 'bin/busybox'), 0o755);
    const order: string[] = [];
    for (const module of modules) order.push(`/modules/${await copyModule(module, join(stage, 'modules'), signal)}`);
    await writeFile(join(stage, 'modules.order'), order.map((line) => `${line}\n`).join(''));
    const archive = `${target}.part`;
    await runTool(
      'sh',
      ['-c', 'find . -print0 | cpio --null --quiet -o -H newc -R 0:0 | gzip -1 >"$1"', 'sh', archive],
      {
        cwd: stage,
        timeout: 60,
        purpose: 'packing an initramfs',
        signal,
      },
    );
    renameSync(archive, target);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Copies a module without its compression: busybox's insmod reads plain ELF. */
async function copyModule(module: string, folder: string, signal: AbortSignal): Promise<string> {
  const ending = /\.ko(\.\w+)?$/.exec(module);
  if (!ending) throw new UserError({ what: `${module} is no kernel module` });
  const plain = basename(module).replace(/\.ko(\.\w+)?$/, '.ko');
  const unpacker = ending[1] && UNPACKERS[ending[1]];
  if (!unpacker) {
    await copyFile(module, join(folder, plain));
  } else {
    await runTool('sh', ['-c', '"$1" -dc <"$2" >"$3"', 'sh', unpacker, module, join(folder, plain)], {
      timeout: 30,
      purpose: `unpacking ${basename(module)}`,
      signal,
    });
  }
  return plain;
}
