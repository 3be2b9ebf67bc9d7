import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { UserError } from '../../../host/user-error.js';

/**
 * The release a bzImage will report, read from its header (Documentation/arch/x86/boot.rst: magic HdrS at 0x202,
 * kernel_version at 0x20e points 0x200 before a string whose first word is the release).
 * @throws UserError if the file is missing or no bzImage.
 */
export function bzImageRelease(path: string): string {
  let bytes: Buffer;
  try {
    // A device has no end, and opening a FIFO waits for somebody who writes.
    if (!statSync(path).isFile()) throw new Error('it is no regular file');
    const file = openSync(path, 'r');
    bytes = Buffer.alloc(0x10000);
    bytes = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    closeSync(file);
  } catch (error) {
    throw new UserError({
      what: `the kernel ${path} cannot be read`,
      why: error instanceof Error ? error.message : String(error),
      next: 'path: names a bzImage, taken from the directory of kernels.yaml',
      cause: error,
    });
  }
  const refuse = (why: string) =>
    new UserError({
      what: `${path} is no bzImage`,
      why,
      next: 'give the arch/x86/boot/bzImage of the build, or the /boot/vmlinuz-* of a package; an ELF vmlinux does not boot',
    });
  if (bytes.length < 0x210 || bytes.toString('latin1', 0x202, 0x206) !== 'HdrS') {
    throw refuse(bytes.toString('latin1', 1, 4) === 'ELF' ? 'it is an ELF file' : 'it has no Linux boot header');
  }
  const at = bytes.readUInt16LE(0x20e) + 0x200;
  const text = bytes.toString('latin1', at, Math.max(bytes.indexOf(0, at), at));
  const release = text.split(' ')[0] ?? '';
  if (!/^\d+\.\d[A-Za-z0-9._+~-]*$/.test(release)) throw refuse('its header names no release');
  return release;
}
