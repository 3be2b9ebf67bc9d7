import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { el7BootLoader, entryOfRelease } from '../../../src/guest/el7/boot-loader.js';
import { PRINT_MENU } from '../../../src/guest/el7/grub-menu.js';

const loader = el7BootLoader(false);
const find = (config: string, release: string) => loader.find(config, entryOfRelease(release));
const TAIL = "--class gnu-linux --unrestricted $menuentry_id_option 'gnulinux-x-advanced-0f0f'";
const entry = (title: string, linux: string, indent = '') =>
  `${indent}menuentry ${title} ${TAIL} {\n${indent}\tload_video\n${indent}\tif [ x$feature = xy ]; then\n${indent}\t  search --hint=x\n${indent}\tfi\n${indent}\t${linux}\n${indent}}\n`;
const HEAD = `set default="\${saved_entry}"\nfunction load_video {\n  if [ x = xy ]; then\n    insmod all_video\n  fi\n}\n`;
const R = '3.10.0-693.21.1.el7.x86_64';

describe('an entry of EL 7', () => {
  it.each([
    ['CentOS', `'CentOS Linux (${R}) 7 (Core)'`],
    ['RHEL', `'Red Hat Enterprise Linux Server (${R}) 7.4 (Maipo)'`],
    ['Scientific Linux', `'Scientific Linux (${R}) 7.4 (Nitrogen)'`],
    ['Oracle Linux', `'Oracle Linux Server (${R} with Unbreakable Enterprise Kernel) 7.4'`],
    ['grub2-mkconfig', `'CentOS Linux 7 (Core), with Linux ${R}'`],
    ['double quotes', `"CentOS \\"Linux\\" \\$1 (${R})"`],
    ['no release in its title', `'Production'`],
    ['quotes in quotes', `'It'\\''s "ours"'`],
  ])('is found by the kernel it loads: %s', (_, quoted) => {
    const title = spawnSync('sh', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' }).stdout;
    for (const linux of [
      `linux16 /vmlinuz-${R} ro`,
      `linuxefi /boot/vmlinuz-${R}`,
      `linux (hd0,1)/vmlinuz-${R} a=b`,
      `linux "/vmlinuz-${R}" ro`,
    ]) {
      const config = HEAD + entry(`'Other (${R})'`, 'linux16 /vmlinuz-4.4.1 ro') + entry(quoted, linux);
      expect(find(config, R)).toBe(title);
      expect(find(config, '3.10.0-693.21.1')).toBeNull();
    }
  });

  it.each([
    ['with debugging', `'CentOS Linux (${R}) 7 (Core) with debugging'`, 'ro'],
    ['recovery mode', `'CentOS Linux 7 (Core), with Linux ${R} (recovery mode)'`, 'ro'],
    ['a rescue entry', `'CentOS Linux (${R}) rescue'`, 'ro'],
    ['single user', `'CentOS Linux (${R})'`, 'ro single'],
    ['a debug shell', `'CentOS Linux (${R})'`, 'ro systemd.log_level=debug'],
    ['a shell', `'CentOS Linux (${R})'`, 'ro init=/bin/bash'],
  ])('is not taken for what starts the kernel otherwise: %s', (_, title, words) => {
    const other = entry(title, `linux16 /vmlinuz-${R} ${words}`);
    expect(find(other, R)).toBeNull();
    expect(find(other + entry("'Usual'", `linux16 /vmlinuz-${R} ro`), R)).toBe('Usual');
  });

  it('is not taken by its title if it loads another kernel, nor if GRUB would take another of that name', () => {
    expect(find(entry(`'CentOS Linux (${R}) 7 (Core)'`, 'linux16 /vmlinuz-0-rescue-8bd0 ro'), R)).toBeNull();
    const twins = entry("'Linux'", 'linux16 /vmlinuz-4.4.1 ro') + entry("'Linux'", `linux16 /vmlinuz-${R} ro`);
    expect(find(twins, R)).toBeNull();
    expect(find(twins, '4.4.1')).toBe('Linux');
    // A title that only GRUB knows.
    expect(find(entry('"Linux $release"', `linux16 /vmlinuz-${R} ro`), R)).toBeNull();
  });

  it('may have its folder in a variable, but not its name', () => {
    const menu = (path: string) => HEAD + entry("'Production'", `linux16 ${path} root=/dev/sda1 ro`);
    for (const path of [`($root)/boot/vmlinuz-${R}`, `$prefix/vmlinuz-${R}`, `/$dir/vmlinuz-${R}`])
      expect(find(menu(path), R), path).toBe('Production');
    for (const path of ['/boot/vmlinuz-$release', '$kernel', `/boot/vmlinuz-${R}$suffix`])
      expect(find(menu(path), R), path).toBeNull();
  });

  it('in submenus is named with them', () => {
    const inner = entry("'Old > new'", `linux16 /vmlinuz-${R} ro`, '\t\t');
    const config = `${HEAD}${entry("'First'", 'linux16 /vmlinuz-4.4.1 ro')}submenu 'Advanced options' --id x {\n\tsubmenu "More" {\n${inner}\t}\n}\n${entry("'Last'", 'linux16 /vmlinuz-4.18.1 ro')}`;
    expect(find(config, R)).toBe('Advanced options>More>Old >> new');
    expect(find(config, '4.18.1')).toBe('Last');
  });

  it('is found in a listing of titles alone by the release as a word', () => {
    const listing = `menuentry 'CentOS Linux 7 Rescue 0f0f (${R})' --class centos {\n}\nmenuentry 'CentOS Linux (${R}.debug) 7' {\nmenuentry 'CentOS Linux (${R}) 7 (Core)' {\n`;
    expect(find(listing, R)).toBe(`CentOS Linux (${R}) 7 (Core)`);
  });
});

describe('any menu', () => {
  const folder = mkdtempSync(join(tmpdir(), 'km-grub-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read the same from what the guest prints of it, and the entry named loads the kernel', () => {
    const word = fc.constantFrom('Linux', '(Core)', '7', R, '4.4.1', 'rescue', 'with debugging', 'it’s', '"', '>');
    const title = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
    const item = fc.record({
      title,
      image: fc.constantFrom(R, `${R}.debug`, '4.4.1', '0-rescue-8bd0'),
      verb: fc.constantFrom('linux', 'linux16', 'linuxefi'),
      double: fc.boolean(),
      inside: fc.boolean(),
    });
    let found = 0;
    const property = fc.property(fc.array(item, { maxLength: 5 }), (items) => {
      const config =
        HEAD +
        items
          .map(({ title, image, verb, double, inside }, n) => {
            const quoted = double ? `"${title.replaceAll('"', '\\"')}"` : `'${title}'`;
            const one = entry(quoted, `${verb} /boot/vmlinuz-${image} ro n=${n}`, inside ? '\t' : '');
            return inside ? `submenu 'S${n}' {\n${one}}\n` : one;
          })
          .join('');
      const name = find(config, R);
      const fits = items.findIndex((each, n) => pathOf(each, n) === name);
      if (name !== null) {
        found += 1;
        expect(items[fits]?.image).toBe(R);
        expect(items[fits]?.title).not.toMatch(/rescue|debugging/);
      }
      const file = join(folder, 'grub.cfg');
      writeFileSync(file, config);
      const printed = spawnSync('sh', ['-c', PRINT_MENU.replaceAll('/etc/', `${folder}/`)], {
        encoding: 'utf8',
      }).stdout;
      expect(find(printed, R)).toBe(name);
    });
    const pathOf = ({ title, inside }: { title: string; inside: boolean }, n: number) =>
      (inside ? `S${n}>` : '') + title.replaceAll('>', '>>');
    symlinkSync(join(folder, 'grub.cfg'), join(folder, 'grub2.cfg'));
    fc.assert(property, { numRuns: 100 });
    expect(found).toBeGreaterThan(10);
  });
});
