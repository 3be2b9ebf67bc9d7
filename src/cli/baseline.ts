/** Finds what a run is compared with: a baseline file, or another run. */
import type { RunFacts } from '../run-events/facts.js';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { type BaselineFile, parseBaseline } from '../compare/baseline-file.js';
import { summarise } from '../compare/summarise.js';
import { UserError } from '../host/user-error.js';
import type { EventBodies } from '../run-events/events.js';
import type { RunSummary } from '../run-events/run-summary.js';
import { judgeRun } from '../verdict/kernel.js';
import { baselineFileOf, findRun, JOURNAL } from './paths.js';
import { factsOf } from './reports.js';

/** @returns null if there is no such file. @throws UserError if the file is no baseline. */
export function readBaseline(file: string): { baseline: BaselineFile; sha256: string } | null {
  const found = statSync(file, { throwIfNoEntry: false });
  // A device or a FIFO can be written to, but holds no earlier baseline.
  if (found === undefined || found.isFIFO() || found.isCharacterDevice()) return null;
  const content = readFileSync(file);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { baseline: parseBaseline(content.toString('utf8'), file), sha256 };
}

/**
 * The baseline of `--baseline`: a baseline file or a run. `true`, for no name, stands for the file beside kernels.yaml.
 * @param profile of the run to compare.
 * @throws UserError if there is no baseline, it is damaged, or it lacks this profile.
 */
export async function takeBaseline(
  named: string | true,
  { config, runsDir, profile }: { config: string; runsDir: string; profile: string },
): Promise<EventBodies['baseline.taken']> {
  const file = named === true ? baselineFileOf(config) : named;
  if (named === true && !existsSync(file)) {
    throw new UserError({
      what: 'there is no baseline yet',
      where: resolve(file),
      next: 'npm run baseline -- <run> makes one of a run, or name a run: --baseline latest',
      kind: 'input',
    });
  }
  if (named === true || isBaselineFile(named)) return fromFile(file, profile);
  const folder = findRun(named, runsDir);
  const summary = await summaryOf(folder);
  if (summary.profile !== profile) throw otherProfile(folder, [summary.profile], profile);
  return { from: 'run', place: resolve(folder), sha256: null, summary };
}

/** The summary of a run, or of one profile of a baseline file. @throws as takeBaseline. */
export async function summaryNamed(name: string, runsDir: string, profile: string): Promise<RunSummary> {
  if (isBaselineFile(name)) return fromFile(name, profile).summary;
  return summaryOf(findRun(name, runsDir));
}

/** A file is a baseline, except for a journal, which stands for its run. */
function isBaselineFile(name: string): boolean {
  if (basename(name) === JOURNAL) return false;
  return extname(name) === '.json' || (existsSync(name) && statSync(name).isFile());
}

function fromFile(file: string, profile: string): EventBodies['baseline.taken'] {
  const read = readBaseline(file);
  if (read === null) {
    throw new UserError({
      what: `there is no file ${file}`,
      where: resolve(file),
      next: 'name a file that npm run baseline has written, or a run by its id or folder',
      kind: 'input',
    });
  }
  const { profiles } = read.baseline;
  const summary = Object.hasOwn(profiles, profile) ? profiles[profile] : undefined;
  if (summary === undefined) throw otherProfile(file, Object.keys(profiles), profile);
  return { from: 'file', place: resolve(file), sha256: read.sha256, summary };
}

/** @throws UserError if no kernel of the run was measured. */
async function summaryOf(folder: string): Promise<RunSummary> {
  return summaryOfFacts(await factsOf(folder), folder);
}

/** Summary of a run for a comparison. @param folder for errors. @throws UserError if no kernel of the run was measured. */
export function summaryOfFacts(facts: RunFacts, folder: string): RunSummary {
  const verdicts = judgeRun(facts);
  if (verdicts.every(({ status }) => status === 'not-measured')) {
    throw new UserError({
      what: `run ${facts.run} has measured no kernel, so nothing can be compared with it`,
      where: resolve(folder),
      why: verdicts.map(({ kernel, reasons }) => `${kernel}: ${reasons.join('; ')}`).join('\n'),
      next:
        facts.finished === null ? `npm run matrix -- --resume ${facts.run}, or name another run` : 'name another run',
      kind: 'input',
    });
  }
  return summarise(facts, verdicts);
}

function otherProfile(place: string, has: string[], profile: string): UserError {
  return new UserError({
    what: `the baseline has nothing of profile ${profile}`,
    where: resolve(place),
    why: has.length === 0 ? 'it is empty' : `it is of profile ${has.join(', ')}`,
    next: `promote a run of this profile (npm run baseline -- <run>), or choose with --profile`,
    kind: 'input',
  });
}
