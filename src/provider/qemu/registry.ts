import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../host/write-file.js';
import { cacheFolder, claimFolder } from '../../host/cache.js';
import { fieldsOf } from '../../host/fields.js';
import { RECORD, readRecords } from '../records.js';
import { alive, isProcessId, type ProcessId } from '../../host/process.js';

/** What is known of one machine of this user, in a file beside its overlay, so that it can be found without its owner. */
export interface MachineRecord {
  id: string;
  run: string;
  name: string;
  /** Null until it has started. */
  qemu: ProcessId | null;
  owner: ProcessId;
  kept: boolean;
  sshPort: number;
  privateKey: string;
  console: string;
}

/** Folder of one machine's overlay, record and keys; private to this user. */
export function machineFolder(id: string): string {
  const folder = join(cacheFolder('machines'), id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return folder;
}

/** An id that no machine of this user has, and its folder. */
export function claimMachine({ run, name }: { run: string; name: string }): string {
  return claimFolder(cacheFolder('machines'), `${run}-${name}`);
}

export function writeRecord(record: MachineRecord): void {
  writeWhole(join(machineFolder(record.id), RECORD), `${JSON.stringify(record, null, 2)}\n`);
}

/** Every machine that left a record. */
export function listMachines(): MachineRecord[] {
  return readRecords(cacheFolder('machines'), isRecord);
}

function isRecord(value: unknown, id: string): value is MachineRecord {
  const { run, name, qemu, owner, kept, sshPort, privateKey, console: log, ...rest } = fieldsOf(value);
  return (
    rest.id === id &&
    [run, name, privateKey, log].every((each) => typeof each === 'string') &&
    typeof kept === 'boolean' &&
    Number.isInteger(sshPort) &&
    (qemu === null || isProcessId(qemu)) &&
    isProcessId(owner)
  );
}

/** What `sweep` did with one machine. */
export interface Swept {
  record: MachineRecord;
  killed: boolean;
  /** Why it could not be ended or removed; null if it is gone. */
  error: Error | null;
}

/**
 * Ends and removes the machines whose owner is gone (killed without a chance to clean up), and with `kept` also
 * those that were left running on purpose. Machines of a run that is under way are never touched.
 */
export function sweep(options: { kept: boolean }): Swept[] {
  const swept: Swept[] = [];
  for (const record of listMachines()) {
    const wanted = record.kept ? !options.kept && record.qemu !== null && alive(record.qemu) : alive(record.owner);
    if (wanted) continue;
    const running = qemusOf(record);
    let error: Error | null = null;
    try {
      for (const pid of running) process.kill(pid, 'SIGKILL');
      removeMachine(record.id);
    } catch (caught) {
      error = caught as Error;
    }
    swept.push({ record, killed: running.length > 0, error });
  }
  return swept;
}

/** Kills the machines of this very process, for an exit that cannot wait; their folders are the next run's to remove. */
export function killOwnMachines(): void {
  for (const record of listMachines()) {
    if (record.owner.pid !== process.pid || !alive(record.owner)) continue;
    for (const pid of qemusOf(record)) process.kill(pid, 'SIGKILL');
  }
}

/** QEMU processes of a machine: the one on record, and any other whose command line names its overlay. */
function qemusOf(record: MachineRecord): number[] {
  const found = new Set<number>();
  if (record.qemu && alive(record.qemu)) found.add(record.qemu.pid);
  const overlay = join(cacheFolder('machines'), record.id, 'disk.qcow2');
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (/^[^\0]*(qemu-system|setpriv)/.test(words) && words.includes(overlay)) found.add(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  return [...found];
}

/** Removes a machine's overlay, record and keys. */
export function removeMachine(id: string): void {
  rmSync(join(cacheFolder('machines'), id), { recursive: true, force: true });
}
