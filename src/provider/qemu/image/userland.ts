import { withoutTail } from '../../../base/text/plain.js';
import { existsSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianGuestConfig, DockerConfig } from '../../../config/plan.js';
import { sourceLine, sourcesOf, type DebianMirrors } from '../../../host/apt.js';
import { cacheFolder, requireSpace, scratchFolder, writePrivate } from '../../../host/cache.js';
import { withLock } from '../../../host/lock.js';
import { runTool } from '../../../host/tool.js';
import { fileText } from './files.js';
import { recipeHash } from './recipe.js';

/**
 * What the guest holds beside Docker. sysvinit-core: init without cgroups of its own. busybox-static: the initramfs.
 * grub2-common: grub-set-default. nginx-light: what the container image is made of.
 */
const PACKAGES = [
  'sysvinit-core',
  'openssh-server',
  'iptables',
  'kmod',
  'iproute2',
  'procps',
  'grub2-common',
  'perl-base',
  'busybox-static',
  'nginx-light',
];

/** Free space to build it: the unpacked root and its archive, about 400 MB each. */
const USERLAND_MIB = 900;

/** Everything that decides what is in the userland; its hash names the cached archive. */
export interface UserlandRecipe {
  format: 1;
  suite: string;
  packages: string[];
  imageScript: string;
}

/** The recipe of a guest's userland. */
export function userlandRecipe(guest: DebianGuestConfig, docker: DockerConfig): UserlandRecipe {
  return {
    format: 1,
    suite: guest.suite,
    // A static archive is put into the image. The libraries that Docker may want are there without its package: libdevmapper
    // for GRUB, libseccomp and libsystemd for apt.
    packages: docker.source === 'static' ? PACKAGES : [...PACKAGES, docker.package ?? 'docker.io'],
    imageScript: fileText('nginx-image.sh'),
  };
}

/** The arguments of mmdebstrap. Those after `--` are no options, whatever they are. */
export function userlandArguments(recipe: UserlandRecipe, files: { archive: string; sources: string }): string[] {
  return [
    '--variant=minbase',
    '--format=tar',
    '--architectures=amd64',
    `--include=${recipe.packages.join(',')}`,
    '--aptopt=Apt::Install-Recommends "false"',
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    // The text, not the file: without root the hook runs as a user who may not see this folder.
    `--customize-hook=${recipe.imageScript}`,
    // The mirror's URL may have a password in it, and the guest reaches no mirror.
    '--customize-hook=rm -f "$1/etc/apt/sources.list"',
    '--',
    recipe.suite,
    files.archive,
    files.sources,
  ];
}

/**
 * Builds the userland with mmdebstrap, or finds it in the cache. Built aside and renamed into place whole, so that an
 * interrupted build is never taken for a userland.
 * @returns path of the tar archive.
 */
export async function ensureUserland(
  recipe: UserlandRecipe,
  mirrors: DebianMirrors,
  options: { onProgress: (message: string) => void; signal: AbortSignal },
): Promise<string> {
  const file = join(cacheFolder('userlands'), `${recipeHash(recipe)}.tar`);
  if (existsSync(file)) return file;
  const waiting = () => options.onProgress('waiting for another run that builds the same userland');
  return withLock(file, { onWait: waiting, signal: options.signal }, async () => {
    if (existsSync(file)) return file;
    requireSpace(cacheFolder('tmp'), USERLAND_MIB, "the guest's userland");
    const stage = scratchFolder('userland');
    try {
      const sources = [recipe.suite, `${recipe.suite}-security`].flatMap((suite) =>
        sourcesOf(suite, mirrors).map((uri) => sourceLine(uri, suite)),
      );
      writePrivate(join(stage, 'sources.list'), `${sources.join('\n')}\n`);
      await runTool(
        'mmdebstrap',
        userlandArguments(recipe, { archive: join(stage, 'userland.tar'), sources: join(stage, 'sources.list') }),
        {
          timeout: 1200,
          purpose: "building the guest's userland",
          signal: options.signal,
          env: process.getuid?.() === 0 ? { TMPDIR: stage } : {},
          onLine: (line) => {
            const step = line.startsWith('I: ') ? withoutTail(line.slice(3), '.') : '';
            if (step !== '') options.onProgress(`userland of ${recipe.suite}: ${step}`);
          },
        },
      );
      renameSync(join(stage, 'userland.tar'), file);
      return file;
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  });
}
