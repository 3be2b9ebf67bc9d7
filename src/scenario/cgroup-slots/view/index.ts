import { largest } from '../../../base/lists.js';
import { figure } from '../../../base/text/figures.js';
import type { View } from '../../view.js';
import { CASES } from '../cases.js';
import type { SlotsFacts } from '../facts.js';
import type { SlotsAnswer } from '../verdict/types.js';
import { BRIEF, COLUMNS, CSV } from './columns.js';
import { cases, findings } from './findings.js';
import { describe, entries } from './progress.js';
import { errors, method, overview, section } from './section.js';
import { FIGURES, summary } from './summary.js';

export const view: View<SlotsFacts, SlotsAnswer> = {
  columns: COLUMNS,
  csv: CSV,
  brief: BRIEF,
  remarks: [{ title: 'num_cgroups at exhaustion', row: ({ answer }) => answer.explanation?.text ?? null }],
  settings: ({ sequence: { cycles, limit } }) => ({
    'cycles per churn case': String(cycles),
    'memory limit of case 3': limit,
  }),
  describe,
  entries,
  clause,
  findings,
  cases,
  section,
  errors,
  bootId: ({ cleaned }) => cleaned?.bootId ?? null,
  runtime: ({ cleaned }) =>
    cleaned && `${cleaned.docker.server}, runc ${cleaned.docker.runc}, ${cleaned.docker.storageDriver}`,
  method,
  overview,
  summary,
  figures: FIGURES,
};

/** @param first whether the sentence has not yet said what is lost. */
function clause(answer: SlotsAnswer, first: boolean): string {
  switch (answer.verdict) {
    case 'leaks':
      return `loses ${lossWords(answer)}`;
    case 'reclaimable':
      return 'loses memory-cgroup slots but gives them back';
    case 'clean':
      return first ? 'loses no memory-cgroup slot' : 'loses none';
    case 'inconclusive':
      return 'was measured, but what was seen does not decide';
    case 'not-measured':
      return 'was not measured';
  }
}

function lossWords(answer: SlotsAnswer): string {
  const leaks = CASES.map(({ key }) => answer[key]).filter(({ verdict }) => verdict === 'leaks');
  const each = largest(leaks.map(({ lostEachCycle }) => lostEachCycle ?? 0));
  const slots = each === 1 ? 'one memory-cgroup slot' : `${figure(each, 2)} memory-cgroup slots`;
  const limited = leaks[0]?.case === 3 ? 'that has a memory limit' : 'without a memory limit';
  return `${slots} for good with each container ${leaks.length === CASES.length ? 'with or without a memory limit' : limited}`;
}
