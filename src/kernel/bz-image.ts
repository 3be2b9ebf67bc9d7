import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { UserError } from '../host/user-error.js';

/** Offsets in the setup header (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"). */
const AT = {
  setupSects: 0x1f1,
  syssize: 0x1f4,
  bootFlag: 0x1fe,
  magic: 0x202,
  version: 0x206,
  kernelVersion: 0x20e,
  loadflags: 0x211,
  xloadflags: 0x236,
  end: 0x238,
} as const;

/** The protocol that brought xloadflags, 2.12: kernel 3.8. Older headers do not tell 32-bit kernels from others. */
const WITH_XLOADFLAGS = 0x20c;

/** `uname -r` is at most this long (__NEW_UTS_LEN of include/uapi/linux/utsname.h). */
const LONGEST_RELEASE = 64;

/**
 * The release a bzImage will report, read from its header.
 * @throws UserError if the file is missing, is no Linux kernel, is not one for x86_64, or has been cut.
 */
export function bzImageRelease(path: string): string {
  const { bytes, size } = readStart(path);
  const refuse = (why: string) =>
    new UserError({
      what: `${path} is no bzImage`,
      why,
      next: 'give the arch/x86/boot/bzImage of the build, or the vmlinuz of a package; an ELF vmlinux does not boot',
    });
  if (bytes.length < AT.end || bytes.toString('latin1', AT.magic, AT.magic + 4) !== 'HdrS') {
    throw refuse(bytes.toString('latin1', 1, 4) === 'ELF' ? 'it is an ELF file' : 'it has no Linux boot header');
  }
  const version = bytes.readUInt16LE(AT.version);
  const release = releaseIn(bytes);
  if (bytes.readUInt16LE(AT.bootFlag) !== 0xaa55) throw refuse('its header has no boot flag (0xAA55)');
  if (version < 0x204)
    throw refuse(`its boot protocol ${version >> 8}.${version & 255} is that of a kernel before 2.6`);
  if (release === null) throw refuse('its header names no release of Linux');
  if ((bytes[AT.loadflags]! & 1) === 0) throw refuse('it is a zImage, which is loaded low');
  if (version >= WITH_XLOADFLAGS && (bytes.readUInt16LE(AT.xloadflags) & 1) === 0) {
    throw new UserError({
      what: `${path} is a 32-bit kernel`,
      why: `${release} has no 64-bit entry point (xloadflags bit 0 of its header)`,
      next: 'the guest is x86_64: give a kernel that was built for it',
    });
  }
  // Both in bytes; syssize counts paragraphs of 16, the last of which need not be full. A signature may follow.
  const wanted = (1 + (bytes[AT.setupSects] || 4)) * 512 + bytes.readUInt32LE(AT.syssize) * 16 - 15;
  if (size < wanted) {
    throw new UserError({
      what: `${path} is cut off`,
      why: `${release} has ${wanted} bytes at least by its header, the file ${size}`,
      next: 'copy or download it again',
    });
  }
  return release;
}

/** The first 64 KiB of a file, and how long it is. @throws UserError */
function readStart(path: string): { bytes: Buffer; size: number } {
  try {
    // A device has no end, and opening a FIFO waits for somebody who writes.
    if (!statSync(path).isFile()) throw new Error('it is no regular file');
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(0x10000);
      return { bytes: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)), size: fstatSync(file).size };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new UserError({
      what: `the kernel ${path} cannot be read`,
      why: error instanceof Error ? error.message : String(error),
      next: 'path: names a bzImage, taken from the directory of kernels.yaml',
      cause: error,
    });
  }
}

/**
 * The release out of the text that kernel_version points at, 0x200 before it: `<release> (<who>@<host>) #<build> …`
 * (arch/x86/boot/header.S, version.c). Other programs with a Linux header, such as iPXE, have a version of their own there.
 */
function releaseIn(bytes: Buffer): string | null {
  const at = bytes.readUInt16LE(AT.kernelVersion) + 0x200;
  const end = bytes.indexOf(0, at);
  if (end < 0) return null;
  const text = bytes.toString('latin1', at, Math.min(end, at + 512));
  const release = text.slice(0, text.indexOf(' '));
  const rest = text.slice(release.length);
  if (release.length > LONGEST_RELEASE || !/^\d+\.\d[A-Za-z0-9._+~-]*$/.test(release)) return null;
  return /^ \([^@]*@/.test(rest) && rest.includes(') #') ? release : null;
}
