import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { readJournal } from '../journal/read.js';
import { replay, type RunFacts } from '../journal/replay.js';
import { buildReports } from '../report/index.js';
import { renderTerminal } from '../report/terminal.js';
import { exitCode } from '../verdict/exit.js';
import { judgeRun } from '../verdict/kernel.js';
import { JOURNAL } from './paths.js';
import { wantsColor } from './progress/choose.js';

/** Reads a run's journal, writes every report beside it and prints the table; returns what the verdicts say to exit with. */
export async function report(folder: string, print: (text: string) => void): Promise<0 | 1 | 3> {
  const facts = await factsOf(folder);
  const files = buildReports(facts);
  for (const [name, content] of files) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    await writeFileAtomic(file, content);
  }
  const verdicts = judgeRun(facts);
  const colour = wantsColor(process.stdout, process.env);
  print(`${renderTerminal(facts, verdicts, { width: process.stdout.columns ?? 160, colour })}\n`);
  print(`\nevidence: ${folder}\n${[...files.keys()].map((name) => `  ${name}`).join('\n')}\n  ${JOURNAL}\n`);
  return exitCode(verdicts);
}

/** The facts of a run, from its journal alone. @throws JournalError */
export async function factsOf(folder: string): Promise<RunFacts> {
  const file = join(folder, JOURNAL);
  return replay((await readJournal(file)).events, file);
}
