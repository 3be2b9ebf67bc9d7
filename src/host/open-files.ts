import { readdirSync, readlinkSync } from 'node:fs';

/**
 * Absolute paths of the files that processes have open, from /proc: processes of this user (root: of all users) in this pid namespace.
 * Processes on other hosts that share the folder are not seen.
 */
export function openFiles(): Set<string> {
  const open = new Set<string>();
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of list(`/proc/${pid}/fd`)) {
      try {
        open.add(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
      } catch {
        // Closed in the meantime.
      }
    }
  }
  return open;
}

/** Names in a folder; empty for a process that has ended or belongs to another user. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
