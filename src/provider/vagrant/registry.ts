import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../host/write-file.js';
import { cacheFolder, claimFolder } from '../../host/cache.js';
import { alive, isProcessId, type ProcessId } from '../../host/process.js';
import { fieldsOf } from '../../host/fields.js';
import { RECORD, readRecords } from '../records.js';
import { hasVirsh, removeDomain } from './libvirt.js';
import { vagrant, type VagrantEnvironment } from './vagrant.js';

/** What is known of one Vagrant machine of this user, so that it can be found without its owner. */
export interface VagrantRecord extends VagrantEnvironment {
  id: string;
  run: string;
  /** Name in the Vagrantfile. */
  name: string;
  owner: ProcessId;
  kept: boolean;
  console: string;
  /** What runs it; null where Vagrant chose. */
  hypervisor: 'libvirt' | 'virtualbox' | null;
}

/** Seconds `vagrant destroy` may take; measured: 9 s. */
const DESTROY_TIMEOUT = 300;

/** Folder of one machine's record, settings and Vagrant state. */
export function vagrantFolder(id: string): string {
  const folder = join(root(), id);
  // Its state has the keys to its machine.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return folder;
}

/** An id that no Vagrant machine of this user has, and its folder. */
export function claimVagrantMachine({ run, name }: { run: string; name: string }): string {
  return claimFolder(root(), `${run}-${name}`);
}

export function writeVagrantRecord(record: VagrantRecord): void {
  writeWhole(join(vagrantFolder(record.id), RECORD), `${JSON.stringify(record, null, 2)}\n`);
}

function removeVagrantRecord(id: string): void {
  rmSync(join(root(), id), { recursive: true, force: true });
}

/** Every Vagrant machine that left a record. */
export function listVagrantMachines(): VagrantRecord[] {
  return readRecords(root(), isRecord);
}

function isRecord(value: unknown, id: string): value is VagrantRecord {
  const { run, name, owner, kept, console: log, settings, dotfile, hypervisor, ...rest } = fieldsOf(value);
  return (
    rest.id === id &&
    [run, name, log, settings, dotfile].every((each) => typeof each === 'string') &&
    typeof kept === 'boolean' &&
    isProcessId(owner) &&
    (hypervisor === null || hypervisor === 'libvirt' || hypervisor === 'virtualbox')
  );
}

/** What became of one machine that was left. */
export interface VagrantSwept {
  record: VagrantRecord;
  /** Why it could not be destroyed; its record stays. */
  error: Error | null;
}

/**
 * Destroys the machines whose owner is gone, and with `kept` also those left running on purpose. Machines of a run that is
 * under way are never touched.
 */
export async function sweepVagrant(options: { kept: boolean }): Promise<VagrantSwept[]> {
  const swept: VagrantSwept[] = [];
  for (const record of listVagrantMachines()) {
    if (record.kept ? !options.kept : alive(record.owner)) continue;
    swept.push({
      record,
      error: await destroyVagrant(record).then(
        () => null,
        (error: unknown) => error as Error,
      ),
    });
  }
  return swept;
}

/**
 * Destroys a machine, whatever state it is in, and forgets it. What Vagrant lost sight of is looked for in libvirt itself.
 * @throws UserError if vagrant or libvirt cannot; the record stays.
 */
export async function destroyVagrant(record: VagrantRecord, log?: string): Promise<void> {
  const destroy = () =>
    vagrant(record, ['destroy', '-f', record.name], {
      timeout: DESTROY_TIMEOUT,
      purpose: `removing machine ${record.id}`,
      ...(log === undefined ? {} : { log }),
    });
  try {
    await destroy();
    await lostDomain(record);
  } catch (error) {
    // vagrant-libvirt refuses to destroy as long as a domain has the name of one that it does not know of.
    if ((await lostDomain(record)).length === 0) throw error;
    await destroy();
  }
  removeVagrantRecord(record.id);
}

/** Removes from libvirt what Vagrant lost sight of; returns what that was. @throws UserError if libvirt is asked in vain. */
async function lostDomain(record: VagrantRecord): Promise<string[]> {
  if (record.hypervisor === 'virtualbox' || !hasVirsh()) return [];
  try {
    return await removeDomain(`${record.id}-${record.name}`);
  } catch (error) {
    // Where Vagrant chose, it may not have been libvirt at all.
    if (record.hypervisor === null) return [];
    throw error;
  }
}

function root(): string {
  return cacheFolder('vagrant', 'machines');
}
