import { describe, expect, it } from 'vitest';
import type { DebianGuestConfig, DockerConfig } from '../../../src/config/plan.js';
import { insmodFiles } from '../../../src/provider/qemu/image/initramfs.js';
import { recipeHash, serves, type ImageRecipe } from '../../../src/provider/qemu/image/recipe.js';
import { userlandRecipe } from '../../../src/provider/qemu/image/userland.js';

const guest: DebianGuestConfig = {
  os: 'debian',
  suite: 'bullseye',
  boot_kernel: { suite: 'bullseye', package: 'linux-image-amd64' },
};
const docker: DockerConfig = {
  source: 'deb',
  image: 'nginx',
  registry_mirrors: [],
  storage_driver: 'overlay2',
  urls: [],
  signed_by: 'docker-ce',
  dependencies: [],
  image_urls: [],
};

describe('recipeHash', () => {
  const hash = recipeHash(userlandRecipe(guest, docker));

  it('is the same for the same userland, in words fit for a file name', () => {
    expect(recipeHash(userlandRecipe({ ...guest }, { ...docker }))).toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('changes with whatever decides what is in the userland', () => {
    const recipe = userlandRecipe(guest, docker);
    const others = [
      userlandRecipe({ ...guest, suite: 'bookworm' }, docker),
      userlandRecipe(guest, { ...docker, package: 'docker-ce' }),
      { ...recipe, imageScript: `${recipe.imageScript}#` },
      { ...recipe, packages: [...recipe.packages, 'vim'] },
    ];
    expect(new Set([hash, ...others.map(recipeHash)]).size).toBe(others.length + 1);
  });

  it('has no package of Docker where Docker comes from a static archive', () => {
    const fromArchive = userlandRecipe(guest, { ...docker, source: 'static', version: '17.06.2-ce' });
    expect(fromArchive.packages).not.toContain('docker.io');
    expect([...fromArchive.packages, 'docker.io']).toEqual(userlandRecipe(guest, docker).packages);
  });

  it('does not change with what is no part of it', () => {
    expect(recipeHash(userlandRecipe({ ...guest, mirror: 'http://elsewhere' }, docker))).toBe(hash);
  });
});

describe('an image', () => {
  const kernel = (name: string) => ({
    name,
    files: [{ name: `${name}.deb`, sha256: 'a' }],
    entry: `menuentry ${name}`,
  });
  const image = (...names: string[]): ImageRecipe => ({ base: 'b', kernels: names.map(kernel) });

  it('serves for some of its kernels, and for all of them in another order', () => {
    expect(serves(image('boot', '5.10', '6.1'), image('boot', '6.1'))).toBe(true);
    expect(serves(image('boot', '5.10', '6.1'), image('boot', '6.1', '5.10'))).toBe(true);
  });

  it('does not serve for a kernel that it has not, or has not so', () => {
    const kept = image('boot', '6.1');
    const others: ImageRecipe[] = [
      image('boot', '6.1', '6.12'),
      { ...kept, base: 'c' },
      { ...kept, kernels: [kernel('boot'), { ...kernel('6.1'), files: [{ name: '6.1.deb', sha256: 'b' }] }] },
      { ...kept, kernels: [kernel('boot'), { ...kernel('6.1'), entry: 'menuentry 6.1 quiet' }] },
      { ...kept, kernels: [{ ...kernel('boot'), entry: 'menuentry boot quiet' }, kernel('6.1')] },
    ];
    expect(others.map((wanted) => serves(kept, wanted))).toEqual(others.map(() => false));
  });
});

describe('insmodFiles', () => {
  it('lists the module files in the order they are loaded, and leaves built-in ones out', () => {
    const output =
      'builtin nvme_core\n' +
      'insmod /k/lib/modules/6.1/kernel/lib/crc16.ko \n' +
      'insmod /k/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz options=1\n' +
      'install /bin/true\n';
    expect(insmodFiles(output)).toEqual([
      '/k/lib/modules/6.1/kernel/lib/crc16.ko',
      '/k/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz',
    ]);
    expect(insmodFiles('')).toEqual([]);
  });
});
