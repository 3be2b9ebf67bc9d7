import { readFileSync, readlinkSync } from 'node:fs';
import { fieldsOf } from './fields.js';

/** Identity of a process, which differs from that of a later process with the same pid. */
export interface ProcessId {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks after boot (proc(5)). */
  started: string;
  /** The boot of this host, from which the ticks count. */
  boot: string;
}

/** Identity of a live process; null if there is none with this pid. */
export function identify(pid: number): ProcessId | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name in brackets, may contain spaces: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    return { pid, started: fields[19] ?? '', boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
  } catch {
    return null;
  }
}

/** Whether the same process still runs. */
export function alive(process: ProcessId): boolean {
  const now = identify(process.pid);
  return now !== null && now.started === process.started && now.boot === process.boot;
}

/** Whether a value from a record file is a process identity. */
export function isProcessId(value: unknown): value is ProcessId {
  const { pid, started, boot } = fieldsOf(value);
  // To kill(2), 0 and negative numbers are process groups.
  return Number.isInteger(pid) && Number(pid) > 0 && typeof started === 'string' && typeof boot === 'string';
}

/** The pid namespace of this process (pid_namespaces(7)); empty without /proc. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
