import { replay } from '../../src/scenario/journal.js';
import type { JournalEvent } from '../../src/run-events/events.js';
import { buildReports, reportInput } from '../../src/report/index.js';
import { renderTranscripts } from '../../src/report/transcript-maker.js';

/** Every file that a report of a journal makes: its formats, then its transcripts. */
export function allReports(events: readonly JournalEvent[]): Map<string, string> {
  const input = reportInput(replay(events));
  const files = buildReports(input.facts, input);
  for (const [kernel, text] of renderTranscripts(events, input.facts)) files.set(input.transcripts.get(kernel)!, text);
  return files;
}
