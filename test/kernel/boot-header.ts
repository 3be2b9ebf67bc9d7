/** What a header has other than a whole 64-bit kernel's. */
export interface HeaderChange {
  /** Where the version string lies. */
  at?: number;
  /** Of the boot protocol: 0x20f is 2.15. */
  protocol?: number;
  xloadflags?: number;
  loadflags?: number;
  bootFlag?: number;
  /** Paragraphs of 16 bytes behind the setup code. */
  syssize?: number;
}

/** Sectors of setup code behind the first one. */
const SETUP_SECTS = 0x1f;
/** Bytes of the whole file. */
const SIZE = 0x8000;

/** The text that a kernel of this release has in its header. */
function versionText(release: string): string {
  return `${release} (builder@kbuilder.example) #1 SMP PREEMPT_DYNAMIC`;
}

/**
 * A file with a boot header as Documentation/arch/x86/boot.rst lays it out, as large as it says.
 * @param version the text that kernel_version points at; a release alone gets what kernels write behind it.
 */
export function bzImage(version: string, change: HeaderChange = {}): Buffer {
  const { at = 0x3a00, protocol = 0x20f, xloadflags = 0x7f, loadflags = 1, bootFlag = 0xaa55 } = change;
  const { syssize = (SIZE - (SETUP_SECTS + 1) * 512) / 16 } = change;
  const bytes = Buffer.alloc(SIZE);
  bytes.writeUInt8(SETUP_SECTS, 0x1f1);
  bytes.writeUInt32LE(syssize, 0x1f4);
  bytes.writeUInt16LE(bootFlag, 0x1fe);
  bytes.write('HdrS', 0x202, 'latin1');
  bytes.writeUInt16LE(protocol, 0x206);
  bytes.writeUInt16LE(at - 0x200, 0x20e);
  bytes.writeUInt8(loadflags, 0x211);
  bytes.writeUInt16LE(xloadflags, 0x236);
  bytes.write(`${/^\d\S*$/.test(version) ? versionText(version) : version}\0rest`, at, 'latin1');
  return bytes;
}
