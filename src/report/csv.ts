/** The matrix as CSV (RFC 4180): one row per kernel, CRLF, figures raw. A fact that is not available is an empty field. */
import { csvField } from '../base/text/csv.js';
import type { RunFacts } from '../journal/replay.js';
import { runOutcome } from '../verdict/slots.js';
import type { KernelVerdict } from '../verdict/types.js';
import { outcomeWord, type ReportRow, reportRows } from './cells.js';

type Field = string | number | boolean | null | undefined;

const FIELDS: readonly [string, (row: ReportRow) => Field][] = [
  ['kernel', ({ facts }) => facts.kernel.name],
  ['release_proven', ({ facts }) => facts.boot?.release],
  ['cgroup', ({ facts }) => facts.kernel.cgroup],
  ['slots_at_exhaustion', ({ facts }) => facts.exhausted?.made],
  ['errno', ({ facts }) => facts.exhausted?.errno?.name],
  ['num_cgroups', ({ facts }) => facts.exhausted?.reading.numCgroups],
  ['other_live_directories', ({ verdict }) => verdict.explanation?.otherLive],
  ['dying', ({ verdict }) => verdict.explanation?.dying],
  ['dying_from', ({ verdict }) => verdict.explanation?.dyingFrom],
  ['kernel_bytes_per_cgroup', ({ verdict }) => rounded(verdict.memory?.bytesPerCgroup)],
  ['case1', ({ facts }) => (facts.case1 === null ? null : outcomeWord(runOutcome(facts.case1.run)))],
  ...([2, 3] as const).flatMap((number): [string, (row: ReportRow) => Field][] => {
    const churn = (row: ReportRow) => (number === 2 ? row.verdict.case2 : row.verdict.case3);
    return [
      [`case${number}`, (row) => churn(row).verdict],
      [`case${number}_cycles_completed`, (row) => churn(row).completed],
      [`case${number}_refused_at`, (row) => churn(row).refusedAtCycle],
      [`case${number}_lost`, (row) => churn(row).lost],
      [`case${number}_lost_per_cycle`, (row) => churn(row).lostEachCycle],
    ];
  }),
  ['aftermath', ({ verdict }) => (verdict.aftermath === null ? null : outcomeWord(verdict.aftermath))],
  ['hold_control', ({ verdict }) => verdict.checks.hold.status],
  ['lost_for_good', ({ verdict }) => verdict.recovery.lostForGood],
  ['verdict', ({ verdict }) => verdict.verdict],
  ['expected', ({ verdict }) => verdict.expected],
  ['as_expected', ({ verdict }) => verdict.asExpected],
  ['status', ({ verdict }) => verdict.status],
  ['regressions', ({ verdict }) => verdict.regressions.join('; ')],
  ['known_failure_until', ({ verdict }) => verdict.knownFailure?.until],
  ['known_failure', ({ verdict }) => verdict.knownFailure?.state],
  ['known_failure_reason', ({ verdict }) => verdict.knownFailure?.reason],
  ['reasons', ({ verdict }) => verdict.reasons.join('; ')],
  ['notes', ({ verdict }) => verdict.notes.join('; ')],
];

/** The same on every line, so that lines of several runs can be put together. */
const RUN_FIELDS: readonly [string, (facts: RunFacts) => Field][] = [
  ['run', ({ run }) => run],
  ['profile', ({ profile }) => profile],
  ['profile_reason', ({ profileReason }) => profileReason],
];

/** The matrix as CSV with a header line; every line ends with CRLF. */
export function renderCsv(facts: RunFacts, verdicts: readonly KernelVerdict[]): string {
  const lines = [
    [...FIELDS, ...RUN_FIELDS].map(([name]) => name),
    ...reportRows(facts, verdicts).map((row) => [
      ...FIELDS.map(([, value]) => value(row)),
      ...RUN_FIELDS.map(([, value]) => value(facts)),
    ]),
  ];
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function rounded(value: number | null | undefined): Field {
  return value === null || value === undefined ? null : Math.round(value);
}
