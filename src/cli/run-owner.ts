import { linkSync, lstatSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { plain } from '../base/text/plain.js';
import { UserError } from '../host/user-error.js';
import { isLocal, lives, ownMark, readMark, RENEWED_EVERY, type FoundMark, type OwnerMark } from './owner-mark.js';

/** File in a run's folder while a process writes its journal. */
const OWNER = 'owner.json';
/** The mark that follows a dead owner's. Its name has the id of that owner, so that each mark has one successor at most. */
const successor = (id: string) => `owner.${id}.json`;
/** Whether a file name in a run's folder is that of a mark. */
export const isOwnerFile = (name: string): boolean => /^owner\.(?:[0-9a-f-]{36}\.)?json$/.test(name);
/** Most dead owners in a row; each is a process that was killed. */
const LONGEST_CHAIN = 1000;
const TRIES = 5;

/**
 * Makes this process the only one that writes a run's journal: two would give the same numbers to their events. The run of a killed
 * owner is taken over by exactly one process.
 *
 * A mark is made by link(2): whole, and only where no file is. The mark of a dead owner is never replaced. The name of its successor
 * contains the id of the dead owner, so only one of several processes that take over at once succeeds. The last mark of this chain
 * is that of the owner. An owner that ends removes the first mark first: a late successor finds no first mark and starts again.
 * @param folder of the run; must exist.
 * @returns a function that gives up ownership.
 * @throws UserError if another process owns the run, in any container or on any host that shares the folder.
 */
export function ownRun(folder: string): () => void {
  const own = ownMark();
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const chain = chainOf(folder);
    const last = chain.at(-1);
    if (last?.mark.process && lives(last.mark, own, age(folder, last.file))) {
      throw underWay(folder, last.file, last.mark, own);
    }
    const file = join(folder, last === undefined ? OWNER : successor(last.mark.id));
    if (!make(file, own)) continue;
    if (chainOf(folder).at(-1)?.mark.id === own.id) return held([...chain.map((each) => each.file), file]);
    rmSync(file, { force: true });
  }
  throw underWay(folder, join(folder, OWNER), null, own);
}

/** Names the process that writes a run's journal now; null if none does. Changes nothing. @throws as readMark. */
export function ownerOf(folder: string): string | null {
  const last = chainOf(folder).at(-1);
  return last?.mark.process && lives(last.mark, ownMark(), age(folder, last.file)) ? nameOf(last.mark) : null;
}

function nameOf({ process, host }: OwnerMark): string {
  return `process ${process.pid} on ${plain(host)}`;
}

/** The marks from the first to the owner's. @throws UserError if there are more than LONGEST_CHAIN. */
function chainOf(folder: string): { file: string; mark: FoundMark }[] {
  const chain: { file: string; mark: FoundMark }[] = [];
  for (let name = OWNER; chain.length <= LONGEST_CHAIN;) {
    const file = join(folder, name);
    let mark: FoundMark;
    try {
      mark = readMark(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return chain;
      throw error;
    }
    chain.push({ file, mark });
    name = successor(mark.id);
  }
  throw new UserError({
    what: `more than ${LONGEST_CHAIN} owners of this run were killed one after the other`,
    where: folder,
    next: `remove ${OWNER} and owner.*.json there, if no program writes this run`,
    kind: 'input',
  });
}

/** Makes a mark that is complete as soon as it exists. @returns false if the file exists already. */
function make(file: string, own: OwnerMark): boolean {
  const whole = `${file}.${own.id}`;
  writeFileSync(whole, `${JSON.stringify(own)}\n`, { flag: 'wx' });
  try {
    linkSync(whole, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(whole, { force: true });
  }
}

/**
 * Renews the mark until ownership is given up.
 * @param chain files of the marks, from the first to that of this process.
 */
function held(chain: string[]): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(chain.at(-1)!, now, now);
    } catch {
      // If the folder or its disk is gone, the journal's writer reports it.
    }
  }, RENEWED_EVERY);
  timer.unref();
  return () => {
    clearInterval(timer);
    // The first mark first: a late successor must not find it.
    for (const file of chain) rmSync(file, { force: true });
  };
}

/** Age of a mark in milliseconds, by the clock of its file system, as clocks of hosts differ. */
function age(folder: string, file: string): number {
  const probe = join(folder, `.now.${ownMark().id}`);
  try {
    writeFileSync(probe, '', { flag: 'wx' });
    return lstatSync(probe).mtimeMs - lstatSync(file).mtimeMs;
  } catch {
    // Nothing can be written, or the mark is gone: treat it as new.
    return 0;
  } finally {
    rmSync(probe, { force: true });
  }
}

function underWay(folder: string, file: string, other: OwnerMark | null, own: OwnerMark): UserError {
  const local = other === null || isLocal(other, own);
  return new UserError({
    what: `run ${basename(folder)} is under way${other === null ? '' : `: ${nameOf(other)}`}`,
    where: file,
    why: 'two programs that write one journal would spoil it',
    next: local
      ? 'wait for it, or stop it (Ctrl-C there), then --resume'
      : `wait for it; if it has ended there, its mark counts as left behind ten minutes after its last renewal: then --resume`,
    kind: 'input',
  });
}
