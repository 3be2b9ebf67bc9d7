/** Every report of a run, rebuilt from its facts alone. */
import type { RunFacts } from '../journal/replay.js';
import { judge } from '../compare/judge.js';
import { renderCsv } from './csv.js';
import { renderHtml } from './html/page.js';
import { renderJson } from './json.js';
import { renderMarkdown } from './markdown.js';
import { transcriptPaths } from './paths.js';
import { renderTranscript } from './transcript.js';

/** Relative file name (with `/`) → content, to be written into the run's directory. */
export function buildReports(facts: RunFacts): Map<string, string> {
  const { verdicts, comparison } = judge(facts);
  const transcripts = transcriptPaths(facts);
  const files = new Map([
    ['matrix.md', renderMarkdown(facts, verdicts, transcripts, comparison)],
    ['matrix.html', renderHtml(facts, verdicts, comparison)],
    ['matrix.csv', renderCsv(facts, verdicts)],
    ['matrix.json', renderJson(facts, verdicts, transcripts, comparison)],
  ]);
  for (const row of facts.rows) {
    const path = transcripts.get(row.kernel.name);
    if (path !== undefined) files.set(path, renderTranscript(row, facts));
  }
  return files;
}
