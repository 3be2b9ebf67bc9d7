/** The mark of a program that writes a run's journal: who it is, and whether it still lives. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { alive, identify, isProcessId, pidNamespace, type ProcessId } from '../host/process.js';
import { readRegularStart } from '../host/regular-file.js';

/** How often a living owner renews its mark, in milliseconds. */
export const RENEWED_EVERY = 30_000;
/**
 * Age from which the mark of an owner that cannot be asked counts as left behind, in milliseconds. Twenty renewals: a host that
 * is suspended or a share that hangs for some minutes loses no run.
 */
export const LEFT_BEHIND = 20 * RENEWED_EVERY;
/** Ids of marks; they become a part of a file's name. */
export const MARK_ID = /^[0-9a-f-]{36}$/;
/** Longest mark that is read, in bytes; ours has some 250. */
const LONGEST = 4096;

export interface OwnerMark {
  process: ProcessId;
  host: string;
  /** What machine-id(5) says of that host; empty where there is none. */
  machine: string;
  /** The namespace in which `process.pid` counts (pid_namespaces(7)); containers of one host have one each. */
  namespace: string;
  /** No other mark has it, so that each can be succeeded once. */
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

/** What a mark's file holds: a mark, or an id alone where nothing of use is in it, which no living owner has left. */
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

/** Whether `/proc` of this process can tell if the owner lives: the same boot of the same kernel, and the same namespace. */
export function canBeAsked(mark: OwnerMark, own: OwnerMark): boolean {
  return mark.process.boot === own.process.boot && mark.namespace === own.namespace;
}

/**
 * Whether the owner may still be at work.
 * @param age of its mark, in milliseconds, by the clock of the file system that holds it.
 */
export function lives(mark: OwnerMark, own: OwnerMark, age: number): boolean {
  if (canBeAsked(mark, own)) return alive(mark.process);
  // The same host, booted anew since: nothing of the earlier boot lives.
  const sameHost = mark.machine !== '' && mark.machine === own.machine && mark.host === own.host;
  if (sameHost && mark.namespace === own.namespace) return false;
  return age < LEFT_BEHIND;
}
