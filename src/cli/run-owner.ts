import { linkSync, lstatSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { plain } from '../base/text/plain.js';
import { UserError } from '../host/user-error.js';
import { canBeAsked, lives, ownMark, readMark, RENEWED_EVERY, type FoundMark, type OwnerMark } from './owner-mark.js';

/** In a run's folder while a program writes its journal. */
const OWNER = 'owner.json';
/** What succeeds a mark whose owner is dead: its name tells which one, so that each is succeeded once. */
const successor = (id: string) => `owner.${id}.json`;
/** Whether a file of a run's folder is a mark. */
export const isOwnerFile = (name: string): boolean => /^owner\.(?:[0-9a-f-]{36}\.)?json$/.test(name);
/** Dead owners in a row; each is a program that was killed. */
const LONGEST_CHAIN = 1000;
const TRIES = 5;

/**
 * Makes this process the one that writes a run's journal: two would number their events alike. What a killed owner has left is
 * taken over, by exactly one.
 *
 * A mark is made by link(2), whole and only where no file is. A dead owner's mark is never replaced: its successor's mark has a name
 * made of the dead one's id, so of several that take over at once one succeeds. Who owns the run is the end of that chain. An
 * owner that ends removes the head first: who is late and makes a successor of what has gone finds no head, and begins anew.
 * @param folder of the run; must exist.
 * @returns gives the run back.
 * @throws UserError if another process has it, here, in another container or on another host that shares the folder.
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

/** Who writes a run's journal now, in words; null if nobody does. Takes nothing over. @throws as readMark. */
export function ownerOf(folder: string): string | null {
  const last = chainOf(folder).at(-1);
  return last?.mark.process && lives(last.mark, ownMark(), age(folder, last.file)) ? nameOf(last.mark) : null;
}

function nameOf({ process, host }: OwnerMark): string {
  return `process ${process.pid} on ${plain(host)}`;
}

/** The marks from the head to the owner's. @throws UserError if there are more than can have come about. */
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
    what: `more than ${LONGEST_CHAIN} owners of this run were killed, each while it took over from the one before`,
    where: folder,
    next: `remove ${OWNER} and owner.*.json there, if no program writes this run`,
    kind: 'input',
  });
}

/** Makes a mark, whole from its first moment on. @returns false if there is a file already. */
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
 * Renews the mark until the run is given back.
 * @param chain files of the marks, the head first and the own one last.
 */
function held(chain: string[]): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(chain.at(-1)!, now, now);
    } catch {
      // The folder may be gone, or its disk: the journal's writer says so.
    }
  }, RENEWED_EVERY);
  timer.unref();
  return () => {
    clearInterval(timer);
    // The head first: a late successor must find none.
    for (const file of chain) rmSync(file, { force: true });
  };
}

/** Age of a mark in milliseconds, by the clock of its file system: hosts' clocks differ. */
function age(folder: string, file: string): number {
  const probe = join(folder, `.now.${ownMark().id}`);
  try {
    writeFileSync(probe, '', { flag: 'wx' });
    return lstatSync(probe).mtimeMs - lstatSync(file).mtimeMs;
  } catch {
    // Nothing can be written, or the mark has just gone: counted as young.
    return 0;
  } finally {
    rmSync(probe, { force: true });
  }
}

function underWay(folder: string, file: string, other: OwnerMark | null, own: OwnerMark): UserError {
  const asked = other === null || canBeAsked(other, own);
  return new UserError({
    what: `run ${basename(folder)} is under way${other === null ? '' : `: ${nameOf(other)}`}`,
    where: file,
    why: 'two programs that write one journal would spoil it',
    next: asked
      ? 'wait for it, or stop it (Ctrl-C there), then --resume'
      : `wait for it; if it has ended there, its mark counts as left behind ten minutes after its last renewal: then --resume`,
    kind: 'input',
  });
}
