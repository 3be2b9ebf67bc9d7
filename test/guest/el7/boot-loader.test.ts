import { describe, expect, it } from 'vitest';
import { el7BootLoader, entryOfRelease } from '../../../src/guest/el7/boot-loader.js';

const loader = el7BootLoader(false);
const TAIL = " --class centos --class gnu-linux --unrestricted $menuentry_id_option 'gnulinux-x-advanced-29342a0b' {";
/** As the source shows it, with an entry more that begins alike. */
const MENU = [
  '4.18.12-1.el7.elrepo.x86_64',
  '4.4.159-1.el7.elrepo.x86_64',
  '3.10.0-693.21.1.el7.x86_64.debug',
  '3.10.0-693.21.1.el7.x86_64',
  '0-rescue-8bd05758fdfc1903174c9fcaf82b71ca',
]
  .map((release) => `menuentry 'CentOS Linux (${release}) 7 (Core)'${TAIL}\n`)
  .join('');

describe('the boot loader of CentOS 7', () => {
  it('finds the exact title of a release', () => {
    expect(loader.find(MENU, entryOfRelease('3.10.0-693.21.1.el7.x86_64'))).toBe(
      'CentOS Linux (3.10.0-693.21.1.el7.x86_64) 7 (Core)',
    );
    expect(loader.find(MENU, entryOfRelease('4.4.159-1.el7.elrepo.x86_64'))).toBe(
      'CentOS Linux (4.4.159-1.el7.elrepo.x86_64) 7 (Core)',
    );
    expect(loader.find(MENU, entryOfRelease('4.4.159'))).toBeNull();
  });

  it.each([
    ['BOOT_IMAGE=/vmlinuz-4.4.159-1.el7.elrepo.x86_64 root=UUID=x ro', 'vmlinuz-4.4.159-1.el7.elrepo.x86_64'],
    ['BOOT_IMAGE=/boot/vmlinuz-4.4.159-1.el7.elrepo.x86_64 ro', 'vmlinuz-4.4.159-1.el7.elrepo.x86_64'],
    ['BOOT_IMAGE=(hd0,msdos1)/vmlinuz-4.18.12\n', 'vmlinuz-4.18.12'],
    ['root=/dev/sda1 xBOOT_IMAGE=/vmlinuz-4.18.12', ''],
    ['root=/dev/sda1 ro', ''],
  ])('reads the entry out of %s', (cmdline, entry) => {
    expect(loader.entryOf(cmdline)).toBe(entry);
  });

  it('reads back what it has set: the default, or the next boot only', () => {
    const title = 'CentOS Linux (4.18.12) 7 (Core)';
    expect(loader.select(title)).toBe(`grub2-set-default '${title}'`);
    expect(loader.selected(`saved_entry=${title}\nnext_entry=\n`)).toBe(title);
    const once = el7BootLoader(true);
    expect(once.select("it's $(x)")).toBe("grub2-reboot 'it'\\''s $(x)'");
    expect(once.selected(`saved_entry=other\nnext_entry=${title}\n`)).toBe(title);
  });
});
