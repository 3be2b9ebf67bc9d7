/** Names of files that are not whole yet: they say whose they are, so that what a killed process left can be removed. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { alive, identify, pidNamespace } from './process.js';

/** `.<name>.<place>-<pid>-<start of the process>-<count>.kernel-matrix-part`; with a dot in front it is no report and no run. */
const PART = /^\..{0,30}\.([0-9a-f]{12})-([1-9]\d{0,9})-(\d{1,20})-\d{1,10}\.kernel-matrix-part$/s;

/** Milliseconds after which what another host left counts as left: writing takes seconds. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

let count = 0;

/** A name, in the folder of `name`, for what is to become `name` when it is whole. No other process makes the same. */
export function partName(name: string): string {
  const own = identify(process.pid);
  count += 1;
  return `.${name.slice(0, 30)}.${place()}-${process.pid}-${own?.started ?? 0}-${count}.kernel-matrix-part`;
}

/**
 * Removes from a folder what writers that are gone had not finished. What another host wrote goes after a day, for nobody here
 * knows whether its writer lives. A folder that cannot be looked into has nothing removed.
 * @returns how many went.
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
      // Another process removed it, or it may not be removed here: it harms nobody.
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

/** This host, this boot and this namespace of process numbers: where a number means the same process. */
function place(): string {
  known ??= createHash('sha256').update(`${hostname()}\n${boot()}\n${pidNamespace()}`).digest('hex').slice(0, 12);
  return known;
}
