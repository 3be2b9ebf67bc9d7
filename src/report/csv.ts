/** The matrix as CSV (RFC 4180): one row per kernel, CRLF, figures raw. A fact that is not available is an empty field. */
import { csvField } from '../base/text/csv.js';
import type { RunFacts } from '../run-events/facts.js';
import { scenariosOf } from '../scenario/index.js';
import type { CsvColumn } from '../scenario/view.js';
import type { ReportInput, ReportRow } from './input.js';

const KERNEL: readonly CsvColumn<ReportRow>[] = [
  ['kernel', ({ facts }) => facts.kernel.name],
  ['release_proven', ({ facts }) => facts.boot?.release],
  ['cgroup', ({ facts }) => facts.kernel.cgroup],
];

const VERDICT: readonly CsvColumn<ReportRow>[] = [
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
const RUN: readonly CsvColumn<RunFacts>[] = [
  ['run', ({ run }) => run],
  ['profile', ({ profile }) => profile],
  ['profile_reason', ({ profileReason }) => profileReason],
];

/** The matrix as CSV with a header line; every line ends with CRLF. */
export function renderCsv({ facts, rows }: ReportInput): string {
  const columns = [...KERNEL, ...scenarioColumns(facts), ...VERDICT];
  const lines = [
    [...columns.map(([name]) => name), ...RUN.map(([name]) => name)],
    ...rows.map((row) => [...columns.map(([, value]) => value(row)), ...RUN.map(([, value]) => value(facts))]),
  ];
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function scenarioColumns({ plan }: RunFacts): CsvColumn<ReportRow>[] {
  return scenariosOf(plan).flatMap((scenario) =>
    (scenario.view.csv as readonly CsvColumn<unknown>[]).map(([name, value]): CsvColumn<ReportRow> => [
      name,
      ({ scenarios }) => value(scenarios.find((each) => each.scenario === scenario)!.own),
    ]),
  );
}
