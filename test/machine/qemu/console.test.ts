import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consoleOverflow, fatalSign, FileConsole, plainLines } from '../../../src/machine/qemu/console.js';

const BOOT = [
  'SeaBIOS (version 1.16.2-debian-1.16.2-1)\r',
  'Booting from Hard Disk...\r',
  '[    0.000000] Linux version 5.10.0-46-amd64 (debian-kernel@lists.debian.org)\r',
  '[    0.000000] Kernel command line: root=/dev/nvme0n1p1 panic=10 km.entry=k-5.10\r',
  '[    0.912345] ERST DBG: ERST support is initialized, error: none\r',
  '[    1.012345] nvme nvme0: 2/0/0 default/read/poll queues\r',
  '[    1.100000] EXT4-fs (nvme0n1p1): mounted filesystem. Opts: errors=remount-ro\r',
  'initramfs: /modules/nvme.ko was not loaded\r',
  'dockerd: level=error msg="failed to load plugin"\r',
  'sshd: error: maximum authentication attempts exceeded\r',
  'kernel-matrix: 5.10.0-46-amd64 is up\r',
].join('\n');

describe('fatalSign', () => {
  it('finds nothing in a boot that goes well, whatever words are in it', () => {
    expect(fatalSign(BOOT)).toBeNull();
  });

  it('tells a panic in the words of the kernel', () => {
    const text = `${BOOT}\n[    2.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\r\n[    2.1] CPU: 0`;
    expect(fatalSign(text)).toBe('Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100');
  });

  it('says what to do about a root that cannot be mounted', () => {
    const sign = fatalSign('[ 1.5] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n');
    expect(sign).toContain('VFS: Unable to mount root fs on unknown-block(0,0)');
    expect(sign).toMatch(/modules:.*disk_bus:/);
  });

  it.each([
    ['an error of the boot loader', "\x1b[H\x1b[Jerror: file `/boot/kernels/x/vmlinuz' not found.\r\n", 'vmlinuz'],
    ['its prompt', 'GNU GRUB  version 2.06\r\n\r\ngrub> ', 'prompt'],
    ['its rescue prompt', 'Entering rescue mode...\r\ngrub rescue> ', 'prompt'],
    [
      'the initramfs',
      'initramfs: the root file system /dev/vda1 was not found; block devices:\r\n',
      'the root file system /dev/vda1 was not found',
    ],
    ['the firmware', 'Booting from Hard Disk...\r\nNo bootable device.\r\n', 'no bootable device'],
  ])('finds %s', (_, text, words) => {
    expect(fatalSign(text)).toContain(words);
  });

  it('does not take a name that begins like the prompt for it', () => {
    expect(fatalSign('grub> set root=(hd0)\r\n')).toBeNull();
    expect(fatalSign('grub-set-default k-6.1\r\n')).toBeNull();
  });
});

describe('plainLines', () => {
  it('strips colours, cursor movements, titles and resets', () => {
    const text = '\x1bc\x1b[?7l\x1b[2J\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain\r\n';
    expect(plainLines(text)).toEqual(['red and plain']);
  });

  it('knows every line end a console has, and drops empty lines', () => {
    expect(plainLines('a\r\r\nb\nc\rd\r\n\r\n  \r\n')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('drops control characters but keeps tabs', () => {
    expect(plainLines('a\x00\x07b\tc\x7f\n')).toEqual(['ab\tc']);
  });
});

describe('FileConsole', () => {
  let folder: string;
  let log: FileConsole;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'km-console-'));
    log = new FileConsole(join(folder, 'console.log'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is empty before QEMU has made it', () => {
    expect([log.size(), log.since(0), log.tail(5)]).toEqual([0, '', []]);
  });

  it('gives what is new since a position, by bytes even where they are no text', () => {
    writeFileSync(log.file, Buffer.from([0x61, 0xff, 0xc3, 0x0a]));
    const from = log.size();
    appendFileSync(log.file, 'later\n');
    expect(from).toBe(4);
    expect(log.since(from)).toBe('later\n');
    expect(log.since(0)).toHaveLength(10);
    expect(log.since(1000)).toBe('');
  });

  it('is told to have overflowed, and not before', () => {
    writeFileSync(log.file, 'x'.repeat(2 ** 20));
    expect(consoleOverflow(log, 2 ** 20)).toBeNull();
    appendFileSync(log.file, 'x');
    expect(consoleOverflow(log, 2 ** 20)).toMatch(/^it wrote more than 1 MiB to its console/);
  });

  it('shows the last lines', () => {
    writeFileSync(log.file, Array.from({ length: 20_000 }, (_, n) => `[    1.0] line ${n}\r\n`).join(''));
    expect(log.tail(2)).toEqual(['[    1.0] line 19998', '[    1.0] line 19999']);
  });
});

describe('a guest that prints what it likes', () => {
  it('cannot keep this program busy with one line that looks like many beginnings', () => {
    const text = 'initramfs: the root file system '.repeat(2 ** 17);
    // Quadratic, this line of 4 MB would take hours.
    expect(fatalSign(text)).toBeNull();
  });

  it('without keys on its disk is a machine that nobody will reach', () => {
    const line = 'kernel-matrix: no keys were found on /dev/vda, so sshd cannot start';
    expect(fatalSign(`${BOOT}\n${line}\r\n`)).toBe(line);
  });
});
