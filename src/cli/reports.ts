import { JournalError } from '../journal/error.js';
import { readEvents, replayFile } from '../scenario/journal.js';
import type { RunFacts } from '../run-events/facts.js';
import { join } from 'node:path';
import { explainErrno } from '../host/errno.js';
import { UserError } from '../host/user-error.js';
import { FORMAT_NAMES, FORMATS, renderReport, reportInput, type ReportInput } from '../report/index.js';
import { renderComparisonTerminal } from '../report/comparison-terminal.js';
import { withoutRows } from '../report/shards.js';
import { TranscriptMaker, type TranscriptPart } from '../report/transcript-maker.js';
import { renderTerminal, type TerminalOptions } from '../report/terminal.js';
import { exitCode } from '../verdict/exit.js';
import { keptBeside, type Kept, placeKey, refusePlace, writeResult } from './output-place.js';
import { JOURNAL } from './paths.js';
import { wantsColor } from './live/choose.js';
import { type Output, STDOUT } from './reporters.js';
import { StagedFiles } from './staged-files.js';

/** Columns of the table where there is no terminal to ask. */
const WIDTH_ELSEWHERE = 160;

export interface ReportOptions {
  /** Reports that were asked for by name. */
  outputs: readonly Output[];
  /** Writes to stdout. */
  print: (text: string) => void;
  /** Writes a line to stderr. */
  note: (line: string) => void;
}

/**
 * Reads a run's journal, writes every report and transcript beside it and the reports asked for where they are wanted, and prints
 * the table or what else is to be on stdout; returns what the verdicts say to exit with. Beside the journal no file appears
 * before all of them are made.
 * @throws UserError if the journal cannot be used, or, after all else is done, if a report could not be written.
 */
export async function report(
  folder: string,
  { outputs, print, note }: ReportOptions,
): Promise<ReturnType<typeof exitCode>> {
  const { facts, torn } = await readFacts(folder);
  if (torn !== null)
    note(`${join(folder, JOURNAL)}:${torn}: the last line is torn and left out: the run was killed in it`);
  const input = reportInput(facts);
  const elsewhere = outputs.filter(({ to }) => to !== null && to !== STDOUT);
  const kept = keptBeside(facts.plan.file);
  refusePlaces(elsewhere, folder, kept);
  const failures: UserError[] = [];
  try {
    await writeAll(folder, input);
  } catch (error) {
    const failure = unwritable(`the reports of run ${facts.run}`, folder, error);
    // Who keeps runs where nobody may write can still have a report of them elsewhere.
    const allElsewhere = outputs.every(({ reporter, to }) => to !== null || reporter === 'terminal');
    if (outputs.length === 0 || !allElsewhere) throw failure;
    note(`${failure.parts.what}: ${failure.parts.why}; only what --reporter asks for is made`);
  }
  for (const { reporter, to } of elsewhere) {
    try {
      const content = reporter === 'terminal' ? terminal(input, ELSEWHERE) : renderReport(reporter, input);
      await writeResult(to!, content, kept);
      note(`${reporter}: ${to}`);
    } catch (error) {
      failures.push(unwritable(`the report ${reporter}`, to!, error));
    }
  }
  const files = [...FORMAT_NAMES.map((name) => FORMATS[name].file), ...input.transcripts.values(), JOURNAL];
  for (const text of onStdout(
    outputs,
    input,
    `\nevidence: ${folder}\n${files.map((name) => `  ${name}\n`).join('')}`,
  )) {
    print(text);
  }
  if (failures[0] !== undefined) throw failures[0];
  return exitCode(input.verdicts, facts.shard);
}

/** Every report, and every transcript: for these the journal is read once more, as facts hold no answers. */
async function writeAll(folder: string, input: ReportInput): Promise<void> {
  const staged = new StagedFiles(folder);
  try {
    for (const name of FORMAT_NAMES) staged.write(FORMATS[name].file, FORMATS[name].pieces(input));
    await addTranscripts(staged, join(folder, JOURNAL), input);
    staged.commit();
  } catch (error) {
    staged.discard();
    throw error;
  }
}

async function addTranscripts(
  staged: StagedFiles,
  journal: string,
  { facts, transcripts }: ReportInput,
): Promise<void> {
  const maker = new TranscriptMaker(facts);
  const add = ({ kernel, text, last }: TranscriptPart): void => {
    const name = transcripts.get(kernel)!;
    staged.append(name, text);
    if (last) staged.finish(name);
  };
  try {
    for await (const event of readEvents(journal)) {
      const part = maker.next(event);
      if (part !== null) add(part);
    }
  } catch (error) {
    throw error instanceof JournalError ? unusable(error, journal) : error;
  }
  for (const part of maker.end()) add(part);
}

const ELSEWHERE: TerminalOptions = { width: WIDTH_ELSEWHERE, colour: false };

/** The report that was sent to stdout, else the table with the run's files under it, unless the table went to a file. */
function onStdout(outputs: readonly Output[], input: ReportInput, evidence: string): Iterable<string> {
  const asked = outputs.find(({ to }) => to === STDOUT);
  if (asked !== undefined && asked.reporter !== 'terminal') return FORMATS[asked.reporter].pieces(input);
  const table = outputs.filter(({ reporter }) => reporter === 'terminal');
  if (table.length > 0 && table.every(({ to }) => to !== null && to !== STDOUT)) return [];
  const colour = wantsColor(process.stdout, process.env);
  return [terminal(input, { width: process.stdout.columns ?? WIDTH_ELSEWHERE, colour }), evidence];
}

function terminal(input: ReportInput, options: TerminalOptions): string {
  const { facts, comparison } = input;
  const table = withoutRows(facts) ?? `${renderTerminal(input, options)}\n`;
  return comparison === null ? table : `${table}${renderComparisonTerminal(comparison, options)}`;
}

/** @throws UserError if a report would take the place of a journal, of evidence, or of another report in the run's folder. */
function refusePlaces(outputs: readonly Output[], folder: string, kept: readonly Kept[]): void {
  for (const { reporter, to } of outputs) {
    const key = attempt(() => {
      refusePlace(to!, [...kept, { file: join(folder, JOURNAL), what: 'the journal of this run' }]);
      return placeKey(to);
    });
    const other = FORMAT_NAMES.find((name) => attempt(() => placeKey(join(folder, FORMATS[name].file))) === key);
    if (key === null || other === undefined || other === reporter) continue;
    throw new UserError({
      what: `--reporter ${reporter} would take the place of the run’s ${FORMATS[other].file}`,
      where: to!,
      next: 'name another file; nothing was written',
      kind: 'usage',
    });
  }
}

/** What is wrong with a path is told when it is written, after all that can be. */
function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof UserError) throw error;
    return null;
  }
}

/** Anything but what the user or the host can mend is a bug, and thrown on. */
function unwritable(what: string, where: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const told = explainErrno(error);
  if (told === null) throw error;
  const { kind, next } = told.parts;
  return new UserError({
    what: `${what} cannot be written`,
    where,
    why: (error as Error).message,
    next: `${next}\nwhat was measured is in the journal: npm run report writes it again once this is mended`,
    // A place that the user can choose otherwise stays what it is; the rest is output that is lost.
    kind: kind === 'input' ? kind : 'output',
    cause: error,
  });
}

/** The facts of a run, from its journal alone. @throws UserError if the journal cannot be read or trusted, with its line and advice. */
export async function factsOf(folder: string): Promise<RunFacts> {
  return (await readFacts(folder)).facts;
}

/** `torn`: the line that a killed writer left half-written; null if there is none. */
async function readFacts(folder: string): Promise<{ facts: RunFacts; torn: number | null }> {
  const file = join(folder, JOURNAL);
  try {
    const { facts, torn } = await replayFile(file);
    return { facts, torn: torn?.line ?? null };
  } catch (error) {
    throw unusable(error, file);
  }
}

const UNREADABLE: Record<string, string> = {
  ENOENT: 'name another run; npm run report without a name takes the latest',
  ENOTDIR: 'name the folder of a run',
  EISDIR: 'a journal is a file: restore it from a copy, or name another run',
  EACCES: 'let yourself read it (chmod), or run this as the user whose run it is',
  EPERM: 'let yourself read it (chmod), or run this as the user whose run it is',
  ELOOP: 'its links lead in a circle: mend them, or name another run',
};

/** Why a journal cannot be used, as what a user can mend; anything else as it is. */
export function unusable(error: unknown, file: string): unknown {
  const base = { what: 'the journal of this run cannot be used', kind: 'input' as const, cause: error };
  if (error instanceof JournalError) {
    return new UserError({ ...base, where: `${error.file}:${error.line}`, why: error.problem, next: error.advice });
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const next = UNREADABLE[code ?? ''];
  if (next !== undefined) return new UserError({ ...base, where: file, why: message, next });
  return explainErrno(error, { what: base.what, where: file }) ?? error;
}
