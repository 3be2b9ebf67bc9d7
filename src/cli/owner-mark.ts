/** The mark of a process that writes a run's journal, and whether that process still runs. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { alive, identify, isProcessId, pidNamespace, type ProcessId } from '../host/process.js';
import { readRegularStart } from '../host/regular-file.js';

/** Interval at which an owner renews its mark, in milliseconds. */
export const RENEWED_EVERY = 30_000;
/**
 * Age in milliseconds from which a mark counts as left behind, if /proc of this host does not show its owner. Twenty renewals: a
 * host that is suspended, or a share that hangs for some minutes, loses no run.
 */
export const LEFT_BEHIND = 20 * RENEWED_EVERY;
/** Pattern of a mark's id, which becomes part of a file name. */
const MARK_ID = /^[0-9a-f-]{36}$/;
/** Most bytes of a mark that are read; a mark of this program has about 250. */
const LONGEST = 4096;

export interface OwnerMark {
  process: ProcessId;
  host: string;
  /** machine-id(5) of that host; empty if it has none. */
  machine: string;
  /** The namespace of `process.pid` (pid_namespaces(7)): each container of a host has its own. */
  namespace: string;
  /** Unique, so that each mark has one successor at most. */
  id: string;
}

/** The mark of this process. */
export function ownMark(): OwnerMark {
  return {
    process: identify(process.pid)!,
    host: hostname(),
    machine: machineId(),
    namespace: pidNamespace(),
    id: randomUUID(),
  };
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Content of a mark's file. Without a process, the content is no mark, so that no running owner can have written it. */
export type FoundMark = OwnerMark | { id: string; process: null };

/** @throws UserError if the file is no regular one, the error of node:fs if it cannot be read. */
export function readMark(file: string): FoundMark {
  const text = readRegularStart(file, LONGEST);
  const mark = parsed(text);
  if (mark !== null) return mark;
  return { id: createHash('sha256').update(text).digest('hex').slice(0, 36), process: null };
}

function parsed(text: string): OwnerMark | null {
  let value: Partial<OwnerMark> | null;
  try {
    value = JSON.parse(text) as Partial<OwnerMark> | null;
  } catch {
    return null;
  }
  const { process, host, machine, namespace, id } = value ?? {};
  if (!isProcessId(process)) return null;
  if (typeof host !== 'string' || typeof machine !== 'string' || typeof namespace !== 'string') return null;
  return typeof id === 'string' && MARK_ID.test(id) ? { process, host, machine, namespace, id } : null;
}

/** Whether `/proc` of this process shows the owner: the same boot of the same host, and the same namespace. */
export function isLocal(mark: OwnerMark, own: OwnerMark): boolean {
  return mark.process.boot === own.process.boot && mark.namespace === own.namespace;
}

/**
 * Whether the owner may still run.
 * @param age of its mark, in milliseconds, by the clock of its file system.
 */
export function lives(mark: OwnerMark, own: OwnerMark, age: number): boolean {
  if (isLocal(mark, own)) return alive(mark.process);
  // The same host after a reboot: no process of the earlier boot runs.
  const sameHost = mark.machine !== '' && mark.machine === own.machine && mark.host === own.host;
  if (sameHost && mark.namespace === own.namespace) return false;
  return age < LEFT_BEHIND;
}
