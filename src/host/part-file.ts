/** Names of incomplete files. They identify the writer, so that files of a killed process can be removed. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { alive, identify, pidNamespace } from './process.js';

/** `.<name>.<place>-<pid>-<start of the process>-<count>.kernel-matrix-part`; the leading dot keeps it out of reports and runs. */
const PART = /^\..{0,30}\.([0-9a-f]{12})-([1-9]\d{0,9})-(\d{1,20})-\d{1,10}\.kernel-matrix-part$/s;

/** Milliseconds after which a file of another host counts as abandoned; writing takes seconds. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

let count = 0;

/** A temporary name, in the same folder, for a file that becomes `name` when it is complete. No other process uses it. */
export function partName(name: string): string {
  const own = identify(process.pid);
  count += 1;
  return `.${name.slice(0, 30)}.${place()}-${process.pid}-${own?.started ?? 0}-${count}.kernel-matrix-part`;
}

/**
 * Removes incomplete files of dead writers from a folder. Files of another host are removed after a day, because their writers cannot be
 * checked. Does nothing if the folder cannot be read.
 * @returns the number of removed files.
 */
export function sweepParts(folder: string, now = Date.now()): number {
  let removed = 0;
  for (const name of namesIn(folder)) {
    const [, where, pid, started] = PART.exec(name) ?? [];
    if (where === undefined) continue;
    const path = join(folder, name);
    try {
      const abandoned =
        where === place()
          ? !alive({ pid: Number(pid), started: String(started), boot: boot() })
          : now - lstatSync(path).mtimeMs > ABANDONED_MS;
      if (!abandoned) continue;
      rmSync(path, { recursive: true, force: true });
      removed += 1;
    } catch {
      // Another process removed it, or this user may not. Leaving it is harmless.
    }
  }
  return removed;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function boot(): string {
  return identify(process.pid)?.boot ?? '';
}

let known: string | null = null;

/** Identifies host, boot and pid namespace: within one, a pid means the same process. */
function place(): string {
  known ??= createHash('sha256').update(`${hostname()}\n${boot()}\n${pidNamespace()}`).digest('hex').slice(0, 12);
  return known;
}
