/** Every report of a run, rebuilt from its facts alone. */
import type { RunFacts } from '../run-events/facts.js';
import { renderCsv } from './csv.js';
import { htmlPieces } from './html/page.js';
import { reportInput, type ReportInput } from './input.js';

export { reportInput, type ReportInput };
import { jsonPieces } from './json.js';
import { junitPieces } from './junit.js';
import { markdownPieces } from './markdown.js';
import { renderSummary } from './summary.js';

interface Format {
  /** Name of its file in the run's folder. */
  file: string;
  /** What it is for, for `--help`. */
  about: string;
  /** Its text in pieces, so that a large one need not be held whole. */
  pieces: (input: ReportInput) => Iterable<string>;
}

/** The formats that are files, by the name `--reporter` knows them by. One more is one more line here. */
export const FORMATS = {
  markdown: { file: 'matrix.md', about: 'the whole report', pieces: markdownPieces },
  html: { file: 'matrix.html', about: 'one page that explains itself, for people', pieces: htmlPieces },
  summary: {
    file: 'summary.md',
    about: "one screen of Markdown for a CI job's page",
    pieces: (input) => [renderSummary(input)],
  },
  csv: { file: 'matrix.csv', about: 'one row a kernel', pieces: (input) => [renderCsv(input)] },
  json: { file: 'matrix.json', about: 'every fact and verdict', pieces: jsonPieces },
  junit: { file: 'junit.xml', about: 'JUnit XML: a suite a kernel, a test case a step', pieces: junitPieces },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

/** Names of the formats, in the order of `--help`. */
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** A report as one text. */
export function renderReport(name: FormatName, input: ReportInput): string {
  return [...FORMATS[name].pieces(input)].join('');
}

/**
 * The reports of a run, by their file names in its folder; its transcripts are made of its journal (`TranscriptMaker`). The same
 * facts give the same bytes.
 */
export function buildReports(facts: RunFacts, input: ReportInput = reportInput(facts)): Map<string, string> {
  return new Map(FORMAT_NAMES.map((name) => [FORMATS[name].file, renderReport(name, input)]));
}
