import { Option } from 'commander';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '../../base/text/plain.js';
import { cacheRoot, sweepScratch } from '../../host/cache.js';
import { openFiles } from '../../host/open-files.js';
import { UserError } from '../../host/user-error.js';
import { PROVIDERS } from '../../provider/index.js';
import { knownMachines, sweepMachines } from '../../provider/table.js';
import { chooseOld, readRuns, removeRun, type StoredRun } from '../retention.js';
import type { CliCommand } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { RUNS_DIR } from '../options.js';

export interface CleanOptions {
  kept: boolean;
  cache: boolean;
  runs: boolean;
  /** How many of the newest runs stay, as typed. */
  keepLast?: string;
  /** With keepLast: only runs of this profile. */
  profile?: string;
  /** With keepLast: unfinished runs too. */
  unfinished: boolean;
  /** With keepLast: only say what would be removed. */
  dryRun: boolean;
  runsDir: string;
}

type Say = (line: string) => void;

export const command: CliCommand = {
  options: [
    new Option('--kept', 'also machines left running with --keep').default(false),
    new Option('--cache', 'also downloads and images').default(false),
    new Option('--runs', 'also every run and its reports').default(false),
    new Option('--keep-last <n>', 'also the oldest runs, all but the last n'),
    new Option('--profile <name>', 'with --keep-last: only runs of this profile are counted and removed'),
    new Option('--unfinished', 'with --keep-last: unfinished runs too, which otherwise stay to be resumed').default(
      false,
    ),
    new Option('--dry-run', 'with --keep-last: say which runs would be removed, and do nothing').default(false),
    RUNS_DIR,
  ],
  help: `
A run that is under way, on this host, in a container or on another host that shares the folder, is never removed. Nor is a run
whose machines are kept, or a folder that is no run. Every run counts, shards and merged runs too. Runs that began in the future,
on a host with a wrong clock, do not count and stay.
`,
  run: clean,
};

/** `kernel-matrix clean`: ends and removes what killed runs left, and what the options name. Prints what it did. */
export async function clean(options: CleanOptions): Promise<number> {
  const say: Say = (line) => process.stdout.write(`${line}\n`);
  const keepLast = keepLastOf(options);
  if (keepLast !== null && options.dryRun) return removeOld(keepLast, options, say);
  for (const { id, ran, error } of await sweepMachines({ kept: options.kept || options.cache })) {
    if (error !== null) say(`machine ${id} could not be removed: ${error.message}`);
    else say(`${ran ? 'ended and removed' : 'removed what was left of'} machine ${id}`);
  }
  const scratch = sweepScratch();
  if (scratch > 0) say(`removed ${scratch} half-made folder${scratch === 1 ? '' : 's'}`);
  const busy = knownMachines();
  for (const record of busy) {
    say(
      `machine ${record.id} ${record.kept ? 'is kept (clean -- --kept ends it)' : 'belongs to a run that is under way'}`,
    );
  }
  if (options.cache) {
    if (busy.length > 0) {
      process.stderr.write('the cache is in use; nothing of it was removed\n');
      return EXIT.notMeasured;
    }
    await emptyCache(say);
    say(`emptied ${cacheRoot()}`);
  }
  if (options.runs) removeAll(await storedRuns(options.runsDir), options.runsDir, say);
  return keepLast === null ? EXIT.expected : removeOld(keepLast, options, say);
}

/** Removes downloads, what was made of them, and what the providers have put into stores of other programs. */
async function emptyCache(say: Say): Promise<void> {
  for (const provider of PROVIDERS) {
    for (const { id, error } of (await provider.emptyStores?.()) ?? [])
      say(error === null ? `removed ${id}` : `${id} stays: ${error.message}`);
    for (const name of provider.cached) rmSync(join(cacheRoot(), name), { recursive: true, force: true });
  }
  for (const name of ['kernels', 'debs', 'artifacts', 'apt', 'tmp'])
    rmSync(join(cacheRoot(), name), { recursive: true, force: true });
}

/** @throws UserError for options that make no sense together. */
function keepLastOf({ keepLast, profile, unfinished, dryRun, runs }: CleanOptions): number | null {
  const refuse = (what: string) =>
    new UserError({ what, next: 'clean -- --keep-last 30 [--profile NAME] [--unfinished] [--dry-run]', kind: 'usage' });
  if (keepLast === undefined) {
    const alone = profile !== undefined ? '--profile' : unfinished ? '--unfinished' : dryRun ? '--dry-run' : null;
    if (alone !== null) throw refuse(`${alone} goes with --keep-last only`);
    return null;
  }
  if (runs) throw refuse('--runs removes every run, so nothing is left for --keep-last');
  if (/^[1-9]\d{0,5}$/.test(keepLast)) return Number(keepLast);
  throw refuse(`--keep-last: expected how many runs stay, a whole number from 1; got ${JSON.stringify(keepLast)}`);
}

function removeAll(runs: readonly StoredRun[], runsDir: string, say: Say): void {
  let removed = 0;
  for (const { name, isRun, inUse } of runs) {
    const stays = inUse ?? (isRun ? tryRemove(join(runsDir, name)) : 'it is no run: its journal does not begin as one');
    if (stays === null) removed += 1;
    else say(`run ${plain(name)} stays: ${stays}`);
  }
  say(`removed ${runsWord(removed)} of ${runsDir}`);
}

/** @returns why it stays; null if it is gone. */
function tryRemove(folder: string): string | null {
  try {
    removeRun(folder);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.parts.what;
    throw error;
  }
}

async function removeOld(keepLast: number, options: CleanOptions, say: Say): Promise<number> {
  const { profile, unfinished, dryRun, runsDir } = options;
  const { remove, spared } = chooseOld(await storedRuns(runsDir), { keepLast, profile, unfinished, now: Date.now() });
  let removed = 0;
  for (const run of remove) {
    const stays = dryRun ? null : tryRemove(join(runsDir, run.name));
    if (stays !== null) spared.push({ run, reason: stays });
    else {
      removed += 1;
      say(`${dryRun ? 'would remove' : 'removed'} run ${plain(run.name)}`);
    }
  }
  for (const { run, reason } of spared) say(`run ${plain(run.name)} stays: ${reason}`);
  const which = profile === undefined ? '' : ` of profile ${profile}`;
  say(`${dryRun ? 'would remove' : 'removed'} ${runsWord(removed)}${which} of ${runsDir}; the last ${keepLast} stay`);
  return EXIT.expected;
}

/** The runs of a folder, each with the reason why it must stay, if there is one. */
async function storedRuns(runsDir: string): Promise<StoredRun[]> {
  const machines = new Map(
    knownMachines().map(({ id, run, kept }) => [
      run,
      kept ? `its machine ${id} is kept (clean -- --kept ends it)` : `its machine ${id} is at work`,
    ]),
  );
  return readRuns(runsDir, { openFiles: openFiles(), machines });
}

function runsWord(count: number): string {
  return `${count} run${count === 1 ? '' : 's'}`;
}
