/** Which runs of a folder may be removed, by age and use, and why the others stay. */
import { factsOrNull, readEvents } from '../scenario/journal.js';
import { lstatSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '../base/text/plain.js';
import { JOURNAL, listRuns } from './paths.js';
import { isOwnerFile, ownerOf, ownRun } from './run-owner.js';

/** How far in the future a run may have started, in milliseconds: clocks of hosts differ by less than a day. */
const AHEAD = 24 * 60 * 60 * 1000;

/** One folder with a journal in it. */
export interface StoredRun {
  /** Name of its folder. */
  name: string;
  /** Whether its journal begins as that of a run. Anything else belongs to another program and is never removed. */
  isRun: boolean;
  /** From its journal; null if that cannot be read. */
  facts: { profile: string; startedAt: string; finished: boolean } | null;
  /** Why it must stay whatever its age, else null. */
  inUse: string | null;
}

export interface RetentionOptions {
  /** How many of the newest stay. */
  keepLast: number;
  /** Only runs of this profile are counted and removed. */
  profile?: string | undefined;
  /** Unfinished runs may be removed too. Else they stay, as `matrix --resume` can finish them. */
  unfinished: boolean;
  /** Time of this host, in milliseconds since 1970. */
  now: number;
}

export interface Retention {
  remove: StoredRun[];
  /** Runs that are old enough and stay, with the reason. */
  spared: { run: StoredRun; reason: string }[];
}

/**
 * Splits runs by age. Pure. Every run counts, finished or not, so that a failed night does not make older runs stay longer. A run
 * whose journal cannot be read has no age, nor has one that began in the future, on a host with a wrong clock: these are not counted
 * and stay.
 */
export function chooseOld(
  runs: readonly StoredRun[],
  { keepLast, profile, unfinished, now }: RetentionOptions,
): Retention {
  const result: Retention = { remove: [], spared: [] };
  const aged: { run: StoredRun; facts: NonNullable<StoredRun['facts']> }[] = [];
  for (const run of runs) {
    const { facts } = run;
    if (facts !== null && Date.parse(facts.startedAt) <= now + AHEAD) aged.push({ run, facts });
    else if (facts !== null) {
      if (profile === undefined || facts.profile === profile)
        result.spared.push({
          run,
          reason: `it began in the future (${facts.startedAt}): the clock of its host was wrong`,
        });
    } else if (profile === undefined)
      result.spared.push({ run, reason: 'its journal cannot be read, so its age is not known' });
  }
  const ours = aged.filter(({ facts }) => profile === undefined || facts.profile === profile);
  ours.sort(
    (a, b) => Date.parse(b.facts.startedAt) - Date.parse(a.facts.startedAt) || (a.run.name < b.run.name ? 1 : -1),
  );
  for (const { run, facts } of ours.slice(keepLast).reverse()) {
    if (run.inUse !== null) result.spared.push({ run, reason: run.inUse });
    else if (!facts.finished && !unfinished) {
      result.spared.push({
        run,
        reason: `it is not finished (matrix --resume ${run.name} finishes it; --unfinished removes it)`,
      });
    } else result.remove.push(run);
  }
  return result;
}

/**
 * Reads every run of a folder.
 * @param use files that are open on this host, and why a run must stay, for runs that have machines.
 */
export async function readRuns(
  runsDir: string,
  use: { openFiles: ReadonlySet<string>; machines: ReadonlyMap<string, string> },
): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const name of listRuns(runsDir)) {
    const folder = join(runsDir, name);
    // A link may lead out of this folder: its target must not be removed.
    if (!lstatSync(folder).isDirectory()) continue;
    const journal = join(folder, JOURNAL);
    const facts = await readFactsOf(journal);
    const machine = facts && use.machines.get(facts.run);
    const open = use.openFiles.has(realpathSync(journal)) ? 'it is under way' : null;
    const inUse = open ?? ownedBy(folder) ?? machine ?? null;
    runs.push({ name, isRun: facts !== null || (await beginsAsRun(journal)), facts, inUse });
  }
  return runs;
}

/** Which process writes the run, on any host or in any container, as a reason for it to stay; null if none does. */
function ownedBy(folder: string): string | null {
  try {
    const owner = ownerOf(folder);
    return owner === null ? null : `it is under way: ${owner}`;
  } catch (error) {
    return `who writes it cannot be read: ${plain((error as Error).message)}`;
  }
}

/** Whether the first event of a journal can be read and is that of a run; the rest may be damaged. */
async function beginsAsRun(file: string): Promise<boolean> {
  try {
    const events = readEvents(file);
    const first = await events.next();
    await events.return();
    return first.done !== true && first.value.kind === 'run.started';
  } catch {
    return false;
  }
}

async function readFactsOf(file: string): Promise<(NonNullable<StoredRun['facts']> & { run: string }) | null> {
  const facts = await factsOrNull(file);
  if (facts === null) return null;
  // A merged run cannot be resumed, so rows it lacks do not make it unfinished.
  const finished = facts.shards.length > 0 || facts.rows.every(({ outcome }) => outcome !== null);
  return { run: facts.run, profile: facts.profile, startedAt: facts.startedAt, finished };
}

/**
 * Removes a run's folder, its journal last: after a kill the rest is still known as a run. It is owned meanwhile, so that it cannot
 * be resumed.
 * @throws UserError if another process owns it.
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
