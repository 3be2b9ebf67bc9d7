/** Making every report of a run, for small and large matrices. */
import type { RunFacts } from '../src/run-events/facts.js';
import { replay } from '../src/scenario/journal.js';
import { buildReports, FORMAT_NAMES, renderReport, reportInput } from '../src/report/index.js';
import { renderTerminal } from '../src/report/terminal.js';
import { median, timed } from './compare.js';
import { largeJournal } from './large-journal.js';
import type { Subject } from './subject.js';

const ROUNDS = 5;
const ROWS = [10, 100, 400];

export const reports: Subject = {
  about: `every report of a run of ${ROWS.join(', ')} rows: does the time grow as the rows do?`,
  async run(record) {
    const sizes = ROWS.map((rows) => ({ rows, facts: replay(largeJournal(rows)) }));
    const seconds: number[] = [];
    for (const { rows, facts } of sizes) {
      seconds.push(await typical(() => void buildReports(facts)));
      record.figure(`verdicts and every report, ${rows} rows`, seconds.at(-1)! * 1000, 'ms of CPU');
    }
    for (const [i, rows] of ROWS.entries()) {
      if (i === 0) continue;
      const growth = seconds[i]! / seconds[i - 1]! / (rows / ROWS[i - 1]!);
      record.figure(`time a row, ${rows} rows against ${ROWS[i - 1]}`, growth, 'times');
    }
    await byFormat(sizes.at(-1)!.facts, (name, ms) => record.figure(`${name}, ${ROWS.at(-1)} rows`, ms, 'ms of CPU'));
  },
};

async function byFormat(facts: RunFacts, tell: (name: string, ms: number) => void): Promise<void> {
  const input = reportInput(facts);
  tell('verdicts', (await typical(() => void reportInput(facts))) * 1000);
  const table = () => renderTerminal(input, { width: 160, colour: false });
  tell('table for the terminal', (await typical(() => void table())) * 1000);
  for (const name of FORMAT_NAMES) tell(name, (await typical(() => void renderReport(name, input))) * 1000);
}

/** The median of a few, after one that warms up. */
async function typical(work: () => void): Promise<number> {
  work();
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) seconds.push(await timed(work, 'cpu'));
  return median(seconds);
}
