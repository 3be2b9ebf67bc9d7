import type { RunFacts } from '../../run-events/facts.js';
import { Argument, Option } from 'commander';
import { basename, dirname, resolve } from 'node:path';
import { baselineText, emptyBaseline } from '../../compare/baseline-file.js';
import { compareRuns } from '../../compare/compare.js';
import { thresholdsOf } from '../../compare/thresholds.js';
import { namedFile } from '../../host/named-file.js';
import { UserError } from '../../host/user-error.js';
import { placeInside, writeInside } from '../../host/write-file.js';
import type { RunSummary } from '../../run-events/run-summary.js';
import { renderComparisonTerminal } from '../../report/comparison-terminal.js';
import { plain } from '../../base/text/plain.js';
import { readBaseline, summaryOfFacts } from '../baseline.js';
import { EXIT } from '../exit-codes.js';
import { keptBeside, refusePlace, writeResult } from '../output-place.js';
import { baselineFileOf, findRun } from '../paths.js';
import { wantsColor } from '../live/choose.js';
import { factsOf } from '../reports.js';
import type { CliCommand } from '../command.js';
import { CONFIG, RUNS_DIR } from '../options.js';

export interface BaselineOptions {
  config: string;
  runsDir: string;
  /** File of the baseline; beside kernels.yaml by default. */
  file?: string;
  allowIncomplete: boolean;
}

export const command: CliCommand = {
  arguments: [new Argument('[run]', 'id, folder, or latest').default('latest')],
  options: [
    new Option('--file <file>', 'where the baseline is kept (default: kernels.baseline.json beside the configuration)'),
    new Option('--allow-incomplete', 'also of a run that did not finish or in which a kernel was not measured').default(
      false,
    ),
    CONFIG,
    RUNS_DIR,
  ],
  run: baselineCommand,
};

/**
 * `kernel-matrix baseline <run>`: makes a run the baseline of its profile and prints what that changes.
 * @throws UserError if the run or the present file is damaged, or the run is incomplete. Nothing is written then.
 */
export async function baselineCommand(run: string, options: BaselineOptions): Promise<number> {
  const named = options.file === undefined ? null : namedFile('--file', options.file);
  const file = options.file ?? baselineFileOf(options.config);
  const kept = keptBeside(options.config).filter(({ what }) => what !== 'the baseline');
  if (named !== null) refusePlace(named, kept);
  else placeInside(dirname(file), basename(file));
  const present = readBaseline(file)?.baseline ?? emptyBaseline();
  const folder = findRun(run, options.runsDir);
  const facts = await factsOf(folder);
  const summary = summaryOfFacts(facts, folder);
  const before = Object.hasOwn(present.profiles, facts.profile) ? present.profiles[facts.profile] : undefined;
  const lacking = gaps(facts, summary, before);
  if (lacking.length > 0 && !options.allowIncomplete) throw incomplete(facts.run, folder, lacking);

  const text = baselineText({ ...present, profiles: { ...present.profiles, [facts.profile]: summary } });
  if (text === baselineText(present)) {
    process.stdout.write(
      `run ${facts.run} is the baseline of profile ${facts.profile} already; ${file} is unchanged\n`,
    );
    return EXIT.expected;
  }
  if (named !== null) await writeResult(named, text, kept);
  else writeInside(dirname(file), basename(file), text);
  process.stdout.write(what(facts, summary, before));
  for (const line of lacking) process.stdout.write(`incomplete: ${plain(line)}\n`);
  process.stdout.write(`written: ${file}; commit it\n`);
  return EXIT.expected;
}

function what(facts: RunFacts, summary: RunSummary, before: RunSummary | undefined): string {
  if (before === undefined) {
    const rows = summary.kernels.map(({ kernel, verdict }) => `${kernel} ${verdict}`).join(', ');
    return `run ${facts.run} is the first baseline of profile ${facts.profile}: ${plain(rows)}\n`;
  }
  const options = { width: process.stdout.columns ?? 160, colour: wantsColor(process.stdout, process.env) };
  const comparison = compareRuns(before, summary, thresholdsOf(facts.plan.compare));
  return `run ${facts.run} takes the place of run ${before.run}\n${renderComparisonTerminal(comparison, options)}`;
}

/** What later runs could not be compared with. */
function gaps(facts: RunFacts, summary: RunSummary, before: RunSummary | undefined): string[] {
  const has = new Set(summary.kernels.map(({ kernel }) => kernel));
  return [
    ...(facts.finished === null ? ['the run is not finished'] : []),
    ...summary.kernels
      .filter(({ verdict }) => verdict === 'inconclusive' || verdict === 'not-measured')
      .map(({ kernel, verdict }) => `${kernel} is ${verdict.replaceAll('-', ' ')}`),
    ...(before?.kernels ?? [])
      .filter(({ kernel }) => !has.has(kernel))
      .map(({ kernel }) => `${kernel} is in the present baseline and not in this run`),
  ];
}

function incomplete(run: string, folder: string, lacking: string[]): UserError {
  return new UserError({
    what: `run ${run} is incomplete, so it was not made the baseline`,
    where: resolve(folder),
    why: lacking.join('\n'),
    next: 'take a run in which every kernel was measured, or say --allow-incomplete',
    kind: 'unavailable',
  });
}
