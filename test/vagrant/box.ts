/** A Vagrant box for libvirt: a tar.gz of metadata.json, Vagrantfile and box.img (the format of vagrant-libvirt, version 1). */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Of } from '../../src/host/apt.js';

const run = promisify(execFile);

export interface Box {
  url: string;
  sha256: string;
}

/** Packs a raw disk as a box. @param vagrantfile lines of its own Vagrantfile, about `config`. */
export async function packBox(disk: string, folder: string, vagrantfile: string[]): Promise<Box> {
  mkdirSync(folder, { recursive: true });
  await run('qemu-img', ['convert', '-O', 'qcow2', disk, join(folder, 'box.img')]);
  // virtual_size in GB, rounded up: the disk in the storage pool is made that large.
  writeFileSync(join(folder, 'metadata.json'), '{"provider":"libvirt","format":"qcow2","virtual_size":9}\n');
  writeFileSync(
    join(folder, 'Vagrantfile'),
    `Vagrant.configure('2') do |config|\n${vagrantfile.map((line) => `  ${line}\n`).join('')}end\n`,
  );
  const file = join(folder, 'test.box');
  await run('tar', [
    '-C',
    folder,
    '--use-compress-program=gzip -1',
    '-cf',
    file,
    'metadata.json',
    'Vagrantfile',
    'box.img',
  ]);
  return { url: `file://${file}`, sha256: await sha256Of(file) };
}
