/** What a kernel's transcript says beside its commands: the headings, and what the tool read from the answers. */
import { plain } from '../base/text/plain.js';
import type { BOOT_PHASES } from '../run-events/events.js';
import type { RowFacts } from '../run-events/facts.js';
import { factsOfScenario, SCENARIOS } from '../scenario/index.js';
import type { Entry } from '../scenario/view.js';
import { classWords } from '../verdict/kernel-said.js';
import { bootProof } from './boot.js';

const BOOT_TITLES: Readonly<Record<(typeof BOOT_PHASES)[number], string>> = {
  machine: 'Machine',
  select: 'Select the kernel',
  boot: 'Boot and prove it',
  prepare: 'Prepare',
};

/** Heading of a phase. */
export function titleOf(phase: string): string {
  const step = SCENARIOS.flatMap(({ steps }) => steps).find((each) => each.phase === phase);
  return step?.title ?? (BOOT_TITLES as Readonly<Record<string, string>>)[phase] ?? phase;
}

/** What the tool read from the answers, a line or more an event; several entries may have the same `seq`. */
export function factEntries(row: RowFacts): Entry[] {
  const { boot, consoleFindings, moreFindings, outcome } = row;
  const entry = (seq: number, text: string): Entry => ({ seq, lines: [`-- ${plain(text)}`] });
  const last = consoleFindings.at(-1);
  return [
    ...(boot === null ? [] : [entry(boot.seq, `boot proven: ${bootProof(boot)}`)]),
    ...SCENARIOS.filter(({ id }) => Object.hasOwn(row.scenarios, id)).flatMap((scenario) =>
      scenario.view.entries(factsOfScenario(scenario, row)),
    ),
    ...consoleFindings.map((finding) => entry(finding.seq, `console, ${classWords(finding.class)}: ${finding.line}`)),
    ...(moreFindings > 0 && last ? [entry(last.seq, `console: ${moreFindings} more in the journal`)] : []),
    ...(outcome === null
      ? []
      : [entry(outcome.seq, `row ${outcome.outcome}${outcome.reason ? `: ${outcome.reason}` : ''}`)]),
  ];
}
