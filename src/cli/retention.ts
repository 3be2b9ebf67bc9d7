/** Which runs of a folder may go: how old they are, whether they are still needed, and why one stays. */
import { factsOrNull, readEvents } from '../scenario/journal.js';
import { lstatSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '../base/text/plain.js';
import { JOURNAL, listRuns } from './paths.js';
import { isOwnerFile, ownerOf, ownRun } from './run-owner.js';

/** How far ahead of this host's clock a run may have started, in milliseconds: hosts' clocks differ by less than a day. */
const AHEAD = 24 * 60 * 60 * 1000;

/** One folder with a journal in it. */
export interface StoredRun {
  /** Its folder's name. */
  name: string;
  /** Whether its journal begins as a run's does. What does not is another program's, and is never removed. */
  isRun: boolean;
  /** What its journal tells; null if that cannot be read, so that nothing is known of it. */
  told: { profile: string; startedAt: string; finished: boolean } | null;
  /** Why it must stay whatever its age; null if nothing speaks for it. */
  inUse: string | null;
}

export interface RetentionOptions {
  /** How many of the newest stay. */
  keepLast: number;
  /** Only runs of this profile are counted and removed. */
  profile?: string | undefined;
  /** Unfinished runs may go too; without it they stay, for `matrix --resume` can go on with them. */
  unfinished: boolean;
  /** This host's time, in milliseconds since 1970. */
  now: number;
}

export interface Retention {
  remove: StoredRun[];
  /** Runs that are older than the last ones and stay all the same, with the reason. */
  spared: { run: StoredRun; reason: string }[];
}

/**
 * Splits runs by age. Every run counts as one, finished or not, so that a night that failed does not make older ones stay
 * longer. One whose journal cannot be read has no age; nor has one that began in the future, on a host whose clock was wrong: neither is
 * counted, and both stay. Pure.
 */
export function chooseOld(
  runs: readonly StoredRun[],
  { keepLast, profile, unfinished, now }: RetentionOptions,
): Retention {
  const result: Retention = { remove: [], spared: [] };
  const aged: { run: StoredRun; told: NonNullable<StoredRun['told']> }[] = [];
  for (const run of runs) {
    const { told } = run;
    if (told !== null && Date.parse(told.startedAt) <= now + AHEAD) aged.push({ run, told });
    else if (told !== null) {
      if (profile === undefined || told.profile === profile)
        result.spared.push({
          run,
          reason: `it began in the future (${told.startedAt}): the clock of its host was wrong`,
        });
    } else if (profile === undefined)
      result.spared.push({ run, reason: 'its journal cannot be read, so its age is not known' });
  }
  const ours = aged.filter(({ told }) => profile === undefined || told.profile === profile);
  ours.sort(
    (a, b) => Date.parse(b.told.startedAt) - Date.parse(a.told.startedAt) || (a.run.name < b.run.name ? 1 : -1),
  );
  for (const { run, told } of ours.slice(keepLast).reverse()) {
    if (run.inUse !== null) result.spared.push({ run, reason: run.inUse });
    else if (!told.finished && !unfinished) {
      result.spared.push({
        run,
        reason: `it is not finished (matrix --resume ${run.name} goes on; --unfinished removes it)`,
      });
    } else result.remove.push(run);
  }
  return result;
}

/**
 * Reads every run of a folder.
 * @param use what holds files open, and runs that have machines, with a word on each.
 */
export async function readRuns(
  runsDir: string,
  use: { openFiles: ReadonlySet<string>; machines: ReadonlyMap<string, string> },
): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const name of listRuns(runsDir)) {
    const folder = join(runsDir, name);
    // A link may lead anywhere: what it leads to is not this folder's to remove.
    if (!lstatSync(folder).isDirectory()) continue;
    const journal = join(folder, JOURNAL);
    const told = await readTold(journal);
    const machine = told && use.machines.get(told.run);
    const open = use.openFiles.has(realpathSync(journal)) ? 'it is under way' : null;
    const inUse = open ?? ownedBy(folder) ?? machine ?? null;
    runs.push({ name, isRun: told !== null || (await beginsAsRun(journal)), told, inUse });
  }
  return runs;
}

/** Who writes it, on whatever host or in whatever container, as a reason to let it be; null if nobody does. */
function ownedBy(folder: string): string | null {
  try {
    const owner = ownerOf(folder);
    return owner === null ? null : `it is under way: ${owner}`;
  } catch (error) {
    return `who writes it cannot be read: ${plain((error as Error).message)}`;
  }
}

/** Whether the first event of a journal can be read and is a run's; what follows it may be damaged. */
async function beginsAsRun(file: string): Promise<boolean> {
  try {
    const events = readEvents(file);
    const first = await events.next();
    await events.return();
    return first.done !== true && first.value.kind === 'run.started';
  } catch {
    // What cannot be read begins as nothing.
    return false;
  }
}

async function readTold(file: string): Promise<(NonNullable<StoredRun['told']> & { run: string }) | null> {
  const facts = await factsOrNull(file);
  if (facts === null) return null;
  // What was merged cannot be gone on with, so rows it lacks leave nothing unfinished.
  const finished = facts.shards.length > 0 || facts.rows.every(({ outcome }) => outcome !== null);
  return { run: facts.run, profile: facts.profile, startedAt: facts.startedAt, finished };
}

/**
 * Removes a run's folder, its journal last: what a kill leaves is a run still, for the next time. It is owned meanwhile, so that
 * nobody goes on with it.
 * @throws UserError if somebody owns it.
 */
export function removeRun(folder: string): void {
  const disown = ownRun(folder);
  try {
    for (const name of readdirSync(folder)) {
      if (name !== JOURNAL && !isOwnerFile(name)) rmSync(join(folder, name), { recursive: true, force: true });
    }
    rmSync(folder, { recursive: true, force: true });
  } finally {
    disown();
  }
}
