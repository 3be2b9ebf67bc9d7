/** Every report of a run, rebuilt from its facts alone. */
import { judge } from '../compare/judge.js';
import type { Comparison } from '../compare/types.js';
import type { RunFacts } from '../journal/replay.js';
import type { KernelVerdict } from '../verdict/types.js';
import { renderCsv } from './csv.js';
import { htmlPieces } from './html/page.js';
import { jsonPieces } from './json.js';
import { junitPieces } from './junit.js';
import { markdownPieces } from './markdown.js';
import { transcriptPaths } from './paths.js';
import { renderSummary } from './summary.js';

/** What a report is made from, and nothing else: no clock, no host, no configuration. */
export interface ReportInput {
  facts: RunFacts;
  verdicts: readonly KernelVerdict[];
  /** Relative file name of each kernel's transcript. */
  transcripts: ReadonlyMap<string, string>;
  /** With the run's baseline; null if it has none. */
  comparison: Comparison | null;
}

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
  markdown: {
    file: 'matrix.md',
    about: 'the whole report',
    pieces: ({ facts, verdicts, transcripts, comparison }) => markdownPieces(facts, verdicts, transcripts, comparison),
  },
  html: {
    file: 'matrix.html',
    about: 'one page that explains itself, for people',
    pieces: ({ facts, verdicts, comparison }) => htmlPieces(facts, verdicts, comparison),
  },
  summary: {
    file: 'summary.md',
    about: "one screen of Markdown for a CI job's page",
    pieces: ({ facts, verdicts, transcripts, comparison }) => [renderSummary(facts, verdicts, transcripts, comparison)],
  },
  csv: { file: 'matrix.csv', about: 'one row a kernel', pieces: ({ facts, verdicts }) => [renderCsv(facts, verdicts)] },
  json: {
    file: 'matrix.json',
    about: 'every fact and verdict',
    pieces: ({ facts, verdicts, transcripts, comparison }) => jsonPieces(facts, verdicts, transcripts, comparison),
  },
  junit: {
    file: 'junit.xml',
    about: 'JUnit XML: a suite a kernel, a test case a step',
    pieces: ({ facts, verdicts, transcripts, comparison }) => junitPieces(facts, verdicts, transcripts, comparison),
  },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

/** Names of the formats, in the order of `--help`. */
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

export function reportInput(facts: RunFacts): ReportInput {
  return { facts, ...judge(facts), transcripts: transcriptPaths(facts) };
}

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
