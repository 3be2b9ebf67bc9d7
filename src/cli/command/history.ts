import type { RunFacts } from '../../run-events/facts.js';
import { Option } from 'commander';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { judge } from '../../compare/judge.js';
import { summarise } from '../../compare/summarise.js';
import { namedFile } from '../../host/named-file.js';
import { UserError } from '../../host/user-error.js';
import { placeInside, writeInside } from '../../host/write-file.js';
import { renderHistory, type HistoryFacts, type HistoryRun } from '../../report/html/history.js';
import { EXIT } from '../exit-codes.js';
import { placeKey, refusePlace, writeResult } from '../output-place.js';
import { JOURNAL } from '../paths.js';
import { factsOf } from '../reports.js';
import type { CliCommand } from '../command.js';
import { RUNS_DIR } from '../options.js';

export interface HistoryOptions {
  runsDir: string;
  /** File to write; `history.html` in the folder of runs by default. */
  out?: string;
  /** How many of the newest runs; all by default. */
  last?: string;
}

/** Default file name. */
const PAGE = 'history.html';

export const command: CliCommand = {
  options: [
    RUNS_DIR,
    new Option('--out <file>', 'where to write it (default: history.html in the folder of runs)'),
    new Option('--last <n>', 'only the newest n runs'),
  ],
  run: history,
};

/** `kernel-matrix history`: one page over the runs of a folder. Runs that cannot be read are left out and named, on the page too. */
export async function history(options: HistoryOptions): Promise<number> {
  const named = options.out === undefined ? null : namedFile('--out', options.out);
  if (named !== null) refusePlace(named);
  else placeInside(options.runsDir, PAGE);
  const out = named ?? resolve(options.runsDir, PAGE);
  const last = lastOf(options.last);
  const found = await readRuns(options.runsDir, dirname(out));
  for (const { name, reason } of found.skipped) process.stderr.write(`left out ${name}: ${reason}\n`);
  if (found.runs.length === 0) {
    throw new UserError({
      what: found.skipped.length === 0 ? 'there is no run yet' : 'none of the runs can be read',
      where: resolve(options.runsDir),
      next: 'npm run matrix makes one',
      kind: 'input',
    });
  }
  const runs = found.runs.slice(-last);
  const page = renderHistory({ runs, skipped: found.skipped });
  if (named !== null) await writeResult(named, page);
  else writeInside(options.runsDir, PAGE, page);
  // Nothing may follow a page on stdout.
  const say = named !== null && placeKey(named) === placeKey(null) ? process.stderr : process.stdout;
  say.write(`${out}: ${runs.length} run${runs.length === 1 ? '' : 's'}\n`);
  return EXIT.expected;
}

/** @throws UserError if it is no whole number from 1. */
function lastOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UserError({
    what: `--last ${text} is no number of runs`,
    next: 'give a whole number from 1, for example --last 30',
    kind: 'usage',
  });
}

/** Every folder of the folder of runs: as a run, in the order of their start, or with the reason why it is none. */
async function readRuns(runsDir: string, from: string): Promise<HistoryFacts> {
  const runs: HistoryRun[] = [];
  const skipped: { name: string; reason: string }[] = [];
  const folders = existsSync(runsDir) ? readdirSync(runsDir, { withFileTypes: true }) : [];
  for (const { name } of folders.filter((one) => one.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const folder = join(runsDir, name);
    try {
      runs.push(readRun(await journaled(folder), folder, from));
    } catch (error) {
      // Whatever is wrong with one run, the others are shown.
      skipped.push({ name, reason: reasonOf(error) });
    }
  }
  runs.sort((a, b) => a.summary.startedAt.localeCompare(b.summary.startedAt));
  return { runs, skipped };
}

async function journaled(folder: string): Promise<RunFacts> {
  if (!existsSync(join(folder, JOURNAL))) throw new Error(`it has no ${JOURNAL}`);
  return factsOf(folder);
}

function readRun(facts: RunFacts, folder: string, from: string): HistoryRun {
  const state = facts.finished !== null ? 'finished' : facts.interrupted !== null ? 'interrupted' : 'not finished';
  const report = join(folder, 'matrix.html');
  return {
    summary: summarise(facts, judge(facts).verdicts),
    state,
    href: existsSync(report) ? url(relative(from, resolve(report))) : null,
  };
}

/** A relative path as a relative URL. Without `./` a colon in the first segment would end a scheme. */
function url(path: string): string {
  return `./${path.split(sep).map(encodeURIComponent).join('/')}`;
}

/** One line, without the folder, which is named beside it. */
function reasonOf(error: unknown): string {
  if (error instanceof UserError) {
    const { what, where, why } = error.parts;
    return [where === undefined ? null : basename(where), why ?? what].filter((part) => part !== null).join(': ');
  }
  return error instanceof Error ? error.message : String(error);
}
