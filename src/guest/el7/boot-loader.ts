import { shell as sh } from '../../remote/quote.js';
import { grubVariable, type BootLoader } from '../guest.js';
import { entryOfImage, menuEntries, PRINT_MENU } from './grub-menu.js';

/** The entry of a release, named by the image it loads, as in BOOT_IMAGE of the kernel's command line. */
export function entryOfRelease(release: string): string {
  return `vmlinuz-${release}`;
}

/**
 * GRUB 2 of CentOS 7 and of distributions built from the same sources. An entry is found by the image it loads, selected by its
 * exact title, never by number, and read back. It is proven by the image in the booted kernel's command line:
 * `BOOT_IMAGE=/vmlinuz-<release>`, or `BOOT_IMAGE=/boot/vmlinuz-<release>` on a machine without a /boot partition.
 * @param oneShot selects for the next boot only (grub2-reboot), so that a power cycle leaves a kernel that hangs.
 */
export function el7BootLoader(oneShot: boolean): BootLoader {
  return {
    menu: PRINT_MENU,
    find: (menu, entry) => entryOfImage(menuEntries(menu), entry)?.path ?? null,
    select: (title) => (oneShot ? sh`grub2-reboot ${title}` : sh`grub2-set-default ${title}`),
    readBack: 'grub2-editenv list',
    selected: (environment) => grubVariable(environment, oneShot ? 'next_entry' : 'saved_entry'),
    entryOf: (cmdline) => /(?:^|\s)BOOT_IMAGE=(?:\S*\/)?(vmlinuz-[^\s/]+)(?=\s|$)/.exec(cmdline)?.[1] ?? '',
    reboot: 'reboot',
  };
}
