import { readFileSync, readlinkSync } from 'node:fs';
import { fieldsOf } from './fields.js';

/** A process that cannot be taken for another one that got its number later. */
export interface ProcessId {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks after boot (proc(5)). */
  started: string;
  /** The boot of this host, for the ticks count from it. */
  boot: string;
}

/** Identity of a live process; null if there is none with this number. */
export function identify(pid: number): ProcessId | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name in brackets, may hold spaces: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    return { pid, started: fields[19] ?? '', boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
  } catch {
    return null;
  }
}

/** True if this very process still runs. */
export function alive(process: ProcessId): boolean {
  const now = identify(process.pid);
  return now !== null && now.started === process.started && now.boot === process.boot;
}

/** True for what a record of this program's says a process is. */
export function isProcessId(value: unknown): value is ProcessId {
  const { pid, started, boot } = fieldsOf(value);
  // 0 and below mean groups of processes to kill(2).
  return Number.isInteger(pid) && Number(pid) > 0 && typeof started === 'string' && typeof boot === 'string';
}

/** The namespace in which numbers of processes count (pid_namespaces(7)); empty where there is no /proc. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
