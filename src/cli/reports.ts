import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { UserError } from '../host/user-error.js';
import { judge } from '../compare/judge.js';
import { JournalError, readJournal } from '../journal/read.js';
import { replay, type RunFacts } from '../journal/replay.js';
import { buildReports } from '../report/index.js';
import { renderComparisonTerminal } from '../report/comparison-terminal.js';
import { renderTerminal } from '../report/terminal.js';
import { exitCode } from '../verdict/exit.js';
import { EXIT } from './exit-codes.js';
import { JOURNAL } from './paths.js';
import { wantsColor } from './progress/choose.js';

/** Reads a run's journal, writes every report beside it and prints the table; returns what the verdicts say to exit with. */
export async function report(folder: string, print: (text: string) => void): Promise<0 | 1 | 3 | 4> {
  const facts = await factsOf(folder);
  const files = buildReports(facts);
  for (const [name, content] of files) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    await writeFileAtomic(file, content);
  }
  const { verdicts, comparison } = judge(facts);
  const colour = wantsColor(process.stdout, process.env);
  const options = { width: process.stdout.columns ?? 160, colour };
  print(`${renderTerminal(facts, verdicts, options)}\n`);
  if (comparison !== null) print(`${renderComparisonTerminal(comparison, options)}`);
  print(`\nevidence: ${folder}\n${[...files.keys()].map((name) => `  ${name}`).join('\n')}\n  ${JOURNAL}\n`);
  return exitCode(verdicts);
}

/** The facts of a run, from its journal alone. @throws UserError if the journal cannot be trusted, with its line and advice. */
export async function factsOf(folder: string): Promise<RunFacts> {
  const file = join(folder, JOURNAL);
  try {
    return replay((await readJournal(file)).events, file);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    throw new UserError({
      what: 'the journal of this run cannot be used',
      where: `${error.file}:${error.line}`,
      why: error.problem,
      next: error.advice,
      exitCode: EXIT.usage,
      cause: error,
    });
  }
}
