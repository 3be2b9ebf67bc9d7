import { shell as sh } from '../../remote/quote.js';
import { grubVariable, type BootLoader } from '../guest.js';

/** The entry of a release, by the image it loads: what BOOT_IMAGE of its kernel's command line bears out. */
export function entryOfRelease(release: string): string {
  return `vmlinuz-${release}`;
}

/**
 * GRUB 2 of CentOS 7. An entry is selected by its exact title, never by number, and read back; it is proven by the image the
 * booted kernel was loaded from: `BOOT_IMAGE=/vmlinuz-<release>`, on a machine without a /boot partition
 * `BOOT_IMAGE=/boot/vmlinuz-<release>`.
 * @param oneShot selects for the next boot only (grub2-reboot), so that a kernel that hangs falls back at a power cycle.
 */
export function el7BootLoader(oneShot: boolean): BootLoader {
  return {
    // As the source lists it; the second path is that of EFI machines.
    menu: 'grep menuentry.*Core /etc/grub2.cfg || grep menuentry.*Core /etc/grub2-efi.cfg',
    find: findTitle,
    select: (title) => (oneShot ? sh`grub2-reboot ${title}` : sh`grub2-set-default ${title}`),
    readBack: 'grub2-editenv list',
    selected: (environment) => grubVariable(environment, oneShot ? 'next_entry' : 'saved_entry'),
    entryOf: (cmdline) => /(?:^|\s)BOOT_IMAGE=(?:\S*\/)?(vmlinuz-[^\s/]+)(?=\s|$)/.exec(cmdline)?.[1] ?? '',
    reboot: 'reboot',
  };
}

/**
 * The title of an entry: `CentOS Linux (<release>) 7 (Core)`. The release stands in brackets and must be all that is in
 * them, so that neither another release that begins alike nor the rescue entry is taken.
 */
function findTitle(menu: string, entry: string): string | null {
  const release = entry.replace(/^vmlinuz-/, '');
  const titles = [...menu.matchAll(/^[ \t]*menuentry '([^']*)'/gm)].map((match) => match[1] ?? '');
  const ours = titles.filter((title) => title.includes(`(${release})`) && !/debugging/.test(title));
  return ours[0] ?? null;
}
