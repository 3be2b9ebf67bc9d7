import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeWhole } from '../../host/write-file.js';
import type { VagrantMachineConfig } from './config.js';
import { cacheFolder } from '../../host/cache.js';
import { boxName, isOurs } from './box-name.js';
import { hasVirsh, removeBoxVolumes } from './libvirt.js';
import { vagrant } from './vagrant.js';

/** Seconds `vagrant box remove` may take; measured: 1 s. */
const REMOVE_SECONDS = 120;

/** A box that this program had Vagrant add, so that it can be removed again. */
export interface BoxRecord {
  /** As Vagrant knows it. */
  name: string;
  /** Where Vagrant keeps it ($VAGRANT_HOME); null is Vagrant's default. */
  home: string | null;
  /** False until a machine made of it came up: a copy in libvirt's storage pool may be half of one. */
  whole: boolean;
}

/**
 * To be called before `vagrant up`, while no other vagrant command runs: puts the box on record, and removes a copy of it in
 * libvirt's storage pool that a kill may have left half-made: vagrant-libvirt takes any volume of the right name for whole.
 */
export async function beginBox(config: VagrantMachineConfig): Promise<void> {
  if (!isOurs(config)) return;
  const name = boxName(config);
  const known = readRecord(recordFile(name));
  if (known?.whole) return;
  if (known && hasVirsh() && config.hypervisor !== 'virtualbox') await removeBoxVolumes(name).catch(() => undefined);
  write({ name, home: process.env['VAGRANT_HOME'] ?? null, whole: false });
}

/** To be called when a machine of the box has come up. */
export function finishBox(config: VagrantMachineConfig): void {
  if (!isOurs(config)) return;
  write({ name: boxName(config), home: process.env['VAGRANT_HOME'] ?? null, whole: true });
}

/** What became of one box. */
export interface BoxRemoved {
  record: BoxRecord;
  /** Why it could not be removed; its record stays. */
  error: Error | null;
}

/**
 * Removes every box that this program brought, from Vagrant's store and from libvirt's storage pool. Both stay after
 * `vagrant destroy` by design, so that the next machine is made of them at once; seen in ~/.vagrant.d/boxes and in
 * `virsh vol-list default`. To be called when no machine of them is left.
 */
export async function removeBoxes(): Promise<BoxRemoved[]> {
  const removed: BoxRemoved[] = [];
  for (const file of readdirSync(root())) {
    const record = readRecord(join(root(), file));
    if (!record) continue;
    try {
      await removeBox(record);
      rmSync(join(root(), file), { force: true });
      removed.push({ record, error: null });
    } catch (error) {
      removed.push({ record, error: error as Error });
    }
  }
  return removed;
}

async function removeBox({ name, home }: BoxRecord): Promise<void> {
  const options = { timeout: REMOVE_SECONDS, purpose: `removing box ${name}`, ...(home === null ? {} : { home }) };
  const { stdout } = await vagrant(null, ['box', 'list', '--machine-readable'], options);
  if (boxesListed(stdout).includes(name)) {
    await vagrant(null, ['box', 'remove', '--force', '--all', name], options);
  }
  // A host without libvirt has no copies; one whose libvirt does not answer keeps the record.
  if (hasVirsh()) await removeBoxVolumes(name);
}

/** Names out of `vagrant box list --machine-readable`: lines of `time,,box-name,NAME`, commas in a name written %!(VAGRANT_COMMA). */
function boxesListed(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, , kind, name] = line.trimEnd().split(',');
    return kind === 'box-name' && name !== undefined ? [name.replaceAll('%!(VAGRANT_COMMA)', ',')] : [];
  });
}

function root(): string {
  return cacheFolder('vagrant', 'boxes');
}

/** Names come from kernels.yaml and may hold anything. */
function recordFile(name: string): string {
  return join(root(), `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.json`);
}

function write(record: BoxRecord): void {
  mkdirSync(root(), { recursive: true });
  writeWhole(recordFile(record.name), `${JSON.stringify(record, null, 2)}\n`);
}

function readRecord(file: string): BoxRecord | null {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as BoxRecord;
  } catch {
    return null;
  }
}
