import { shell as sh } from '../../remote/quote.js';
import { grubVariable, type BootLoader } from '../guest.js';
import { entryOfImage, menuEntries, PRINT_MENU } from './grub-menu.js';

/** The entry of a release, by the image it loads: what BOOT_IMAGE of its kernel's command line bears out. */
export function entryOfRelease(release: string): string {
  return `vmlinuz-${release}`;
}

/**
 * GRUB 2 of CentOS 7 and of what is built from the same sources. An entry is found by the image it loads, selected by its exact
 * title, never by number, and read back; it is proven by the image the booted kernel was loaded from: `BOOT_IMAGE=/vmlinuz-<release>`, on a machine without a /boot partition
 * `BOOT_IMAGE=/boot/vmlinuz-<release>`.
 * @param oneShot selects for the next boot only (grub2-reboot), so that a kernel that hangs falls back at a power cycle.
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
