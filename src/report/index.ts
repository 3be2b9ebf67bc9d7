/** Every report of a run, rebuilt from its facts alone. */
import { judge } from '../compare/judge.js';
import type { Comparison } from '../compare/types.js';
import type { RunFacts } from '../journal/replay.js';
import type { KernelVerdict } from '../verdict/types.js';
import { renderCsv } from './csv.js';
import { renderHtml } from './html/page.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import { transcriptPaths } from './paths.js';
import { renderSummary } from './summary.js';
import { renderTranscript } from './transcript.js';

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
  render: (input: ReportInput) => string;
}

/** The formats that are files, by the name `--reporter` knows them by. One more is one more line here. */
export const FORMATS = {
  markdown: {
    file: 'matrix.md',
    about: 'the whole report',
    render: ({ facts, verdicts, transcripts, comparison }) => renderMarkdown(facts, verdicts, transcripts, comparison),
  },
  html: {
    file: 'matrix.html',
    about: 'one page that explains itself, for people',
    render: ({ facts, verdicts, comparison }) => renderHtml(facts, verdicts, comparison),
  },
  summary: {
    file: 'summary.md',
    about: "one screen of Markdown for a CI job's page",
    render: ({ facts, verdicts, transcripts, comparison }) => renderSummary(facts, verdicts, transcripts, comparison),
  },
  csv: { file: 'matrix.csv', about: 'one row a kernel', render: ({ facts, verdicts }) => renderCsv(facts, verdicts) },
  json: {
    file: 'matrix.json',
    about: 'every fact and verdict',
    render: ({ facts, verdicts, transcripts, comparison }) => renderJson(facts, verdicts, transcripts, comparison),
  },
  junit: {
    file: 'junit.xml',
    about: 'JUnit XML: a suite a kernel, a test case a step',
    render: ({ facts, verdicts, transcripts, comparison }) => renderJunit(facts, verdicts, transcripts, comparison),
  },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

/** Names of the formats, in the order of `--help`. */
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

export function reportInput(facts: RunFacts): ReportInput {
  return { facts, ...judge(facts), transcripts: transcriptPaths(facts) };
}

/** Relative file name (with `/`) → content, to be written into the run's directory. The same facts give the same bytes. */
export function buildReports(facts: RunFacts, input: ReportInput = reportInput(facts)): Map<string, string> {
  const files = new Map<string, string>(FORMAT_NAMES.map((name) => [FORMATS[name].file, FORMATS[name].render(input)]));
  for (const row of facts.rows) {
    const path = input.transcripts.get(row.kernel.name);
    if (path !== undefined) files.set(path, renderTranscript(row, facts));
  }
  return files;
}
