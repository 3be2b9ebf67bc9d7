/** A boot header as Documentation/arch/x86/boot.rst lays it out, and a version string somewhere behind it. */
export function bzImage(version: string, at = 0x3a00): Buffer {
  const bytes = Buffer.alloc(0x8000);
  bytes.write('HdrS', 0x202, 'latin1');
  bytes.writeUInt16LE(at - 0x200, 0x20e);
  bytes.write(`${version}\0rest`, at, 'latin1');
  return bytes;
}
