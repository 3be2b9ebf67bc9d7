/** What there is to show of a scenario. Reports, comparison, JUnit and progress are made from this, whatever the scenario. Pure. */
import type { Answer, CaseWord, Own } from './answer.js';
import type { Block, Quote, Tone } from '../document/document.js';
import type { Plan } from '../config/plan.js';
import type { JournalEvent } from '../run-events/events.js';
import type { ScenarioSummary } from '../run-events/run-summary.js';

/** A column of the matrix. Texts may hold guests' text: whoever shows them escapes it. */
export interface Column<O> {
  title: string;
  /** `facts`: what the kernel is and how it was prepared; `cases`: what the experiment showed. */
  group: 'facts' | 'cases';
  cell: (own: O) => string;
  /** `plain` if left out. */
  tone?: (own: O) => Tone;
  /** `seq` of what the cell rests on; nothing if left out. */
  from?: (own: O) => readonly number[];
}

/** A column of the CSV file. */
export type CsvColumn<O> = readonly [name: string, value: (own: O) => string | number | boolean | null | undefined];

/** What was read from the answers, for the transcript: a line or more an event. */
export interface Entry {
  seq: number;
  lines: string[];
}

/** A part of what is to be said of a row: what was seen, the line that shows it, and where to look. */
export interface FindingPart {
  /** May hold guests' text. */
  seen: string;
  /** One line of the evidence; null where no single line shows it. */
  quote: { text: string; from: number[] } | null;
  from: number[];
  /** Those of the answer's notes that `seen` has told. */
  told: string[];
}

/** A part of the scenario with a verdict of its own, as a test case of JUnit. */
export interface CaseView {
  /** `case 2`. */
  name: string;
  verdict: CaseWord;
  reasons: string[];
  /** Whether anything of it was measured. */
  measured: boolean;
  /** What was measured, in lines. */
  lines: string[];
  finding: FindingPart | null;
  from: number[];
}

/** A figure that is measured: how it is shown, and how that of two runs is compared. Each measurement is one sample. */
export interface Figure {
  /** Its id in a `RunSummary` and its name in `compare:` of kernels.yaml. */
  id: string;
  name: string;
  /** Of its samples; empty for a bare number. */
  unit: string;
  /** A value with a readable unit. */
  show: (value: number) => string;
  /** Title of its chart, for the case it is measured in (null for the row); null if it is not drawn. */
  chart: ((caseName: string | null) => string) | null;
  /** `rank`: samples, compared by the rank test. `figure`: one a run, made of a great many parts. `exact`: one a run, counted. */
  method: 'rank' | 'figure' | 'exact';
  /** Whole numbers: if not one differs there is nothing to test. */
  counted: boolean;
  worse: 'more' | 'less';
  /** `always`, or only on the same machines, or only in all the same circumstances. */
  comparable: 'always' | 'same machine' | 'same circumstances';
  /** Relative change of the median that does not count, where `compare:` says nothing of it. */
  tolerance: number;
  /** Whether a change for the worse fails a run, where `compare:` says nothing of it. */
  fails: boolean;
}

export interface View<F, A extends Answer> {
  columns: readonly Column<Own<F, A>>[];
  csv: readonly CsvColumn<Own<F, A>>[];
  /** Of the row's summary on one screen: `lost per cycle`. */
  brief: readonly Pick<Column<Own<F, A>>, 'title' | 'cell'>[];
  /** Lines under the terminal's table, each about every row: its heading, and what is said of a row (null for nothing known). */
  remarks: readonly { title: string; row: (own: Own<F, A>) => string | null }[];
  /** Its settings, by the names they are shown by. */
  settings(plan: Plan): Record<string, string>;
  /** One line about an event of its own; null for those that are not worth a line. */
  describe(event: JournalEvent): string | null;
  entries(facts: F): Entry[];
  /** What a kernel does that has this answer, in the third person: `loses one slot …`. @param first said of a kernel in the sentence. */
  clause(answer: A, first: boolean): string;
  /** What is to be said of a row beyond its verdict; nothing for one that is clean as expected. */
  findings(own: Own<F, A>): FindingPart[];
  cases(own: Own<F, A>): CaseView[];
  /** What a report says of a row. @param brief one of many rows: only what decides. */
  section(own: Own<F, A>, brief: boolean): Block[];
  /** Errors of the row, word for word. */
  errors(facts: F): Quote[];
  /** boot_id as the scenario read it; null if it did not. */
  bootId(facts: F): string | null;
  /** The container runtime and its versions; null if not recorded. */
  runtime(facts: F): string | null;
  /** How it is measured, for a reader who never saw this tool. */
  method(plan: Plan): Block[];
  /** What can be said of several rows together. */
  overview(rows: readonly Own<F, A>[]): Block[];
  summary(own: Own<F, A>): ScenarioSummary;
  figures: readonly Figure[];
}
