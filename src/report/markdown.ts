/** The matrix as Markdown: the table, then each kernel in detail. */
import { append } from '../base/lists.js';
import { ABSENT, duration } from '../base/text/figures.js';
import { markdown } from '../base/text/markdown.js';
import type { RunFacts } from '../run-events/facts.js';
import { scenariosOf } from '../scenario/index.js';
import { savedNote } from './boot.js';
import { columnsOf, KERNEL_TITLE, verdictCell } from './columns.js';
import { renderComparisonMarkdown } from './comparison-markdown.js';
import type { ReportInput, ReportRow } from './input.js';
import { kernelBlocks } from './kernel-blocks.js';
import { journalWords, markdownBlocks, tableLine } from './markdown-blocks.js';
import { overviewBlocks } from './overview.js';
import { shardLines } from './shards.js';
import { rangeWords, seqs } from './text.js';

/** The report as one text. */
export function renderMarkdown(input: ReportInput): string {
  return [...markdownPieces(input)].join('');
}

/** The whole report, a piece a kernel. The first line says which profile and why. */
export function* markdownPieces({ facts, rows, transcripts, comparison }: ReportInput): Generator<string, void> {
  const columns = columnsOf(scenariosOf(facts.plan));
  const lines = [
    `# Kernel matrix, profile ${markdown(facts.profile)}: ${markdown(facts.profileReason)}`,
    '',
    `Run ${markdown(facts.run)}, started ${markdown(facts.startedAt)}${runState(facts)}. ` +
      `${markdown(facts.tool.name)} ${markdown(facts.tool.version)} on ${markdown(facts.host.os)}, ` +
      `${facts.host.cpus} CPUs, ${facts.host.memoryMib} MiB. ${settings(facts)}`,
    '',
    tableLine([KERNEL_TITLE, ...columns.map((column) => column.title)]),
    tableLine(['---', ...columns.map(() => '---')]),
    ...rows.map((row) =>
      tableLine([row.facts.kernel.name, ...columns.map((column) => column.cell(row))].map(markdown)),
    ),
    '',
    '`—` means not recorded. A slot is a memory-cgroup id that can still be had; it is lost when a cycle has ended,',
    'capacity fell and no living directory explains it. Numbers after “journal” are `seq` in journal.jsonl, shown in',
    'the margin of the transcripts.',
  ];
  const saved = savedNote(facts);
  if (saved !== null) lines.push('', markdown(saved));
  if (comparison !== null) lines.push('', renderComparisonMarkdown(comparison, 2).trimEnd());
  append(lines, markdownBlocks(overviewBlocks(rows), 2));
  append(lines, [...fileLines(facts), ...retryLines(facts), ...shardLines(facts)]);
  yield `${lines.join('\n')}\n`;
  for (const row of rows) {
    yield `\n${kernelSection(row, transcripts.get(row.facts.kernel.name) ?? null).join('\n')}\n`;
  }
}

/** `Cycles per churn case: 3; memory limit of case 3: 100m.` */
function settings({ plan }: RunFacts): string {
  const all = scenariosOf(plan).flatMap(({ view }) => Object.entries(view.settings(plan)));
  const text = all.map(([name, value]) => `${name}: ${value}`).join('; ');
  return text === '' ? '' : `${markdown(text.slice(0, 1).toUpperCase() + text.slice(1))}.`;
}

/** What was tried again. */
function retryLines({ retried }: RunFacts): string[] {
  if (retried.length === 0) return [];
  return [
    '',
    `Tried again ${retried.length} time${retried.length === 1 ? '' : 's'}, for faults of the network or of this host, never for a verdict:`,
    '',
    ...retried.map(
      ({ seq, what, attempt, reason }) =>
        `- ${markdown(`${what} (${attempt}): ${reason.split('\n')[0] ?? ''}`)}${seqs([seq])}`,
    ),
  ];
}

/** Every file that came from elsewhere, with what vouches for it. */
function fileLines({ fetched }: RunFacts): string[] {
  if (fetched.length === 0) return [];
  return [
    '',
    '## Files fetched',
    '',
    ...fetched.map((file) => {
      const refused = file.refused.map(({ place, reason }) => `; not from ${place}: ${reason}`).join('');
      const text = `${file.use}: ${file.name}, ${file.size} bytes, sha256 ${file.sha256}, from ${file.place} (${file.from}), verified by ${file.verifiedBy}${refused}`;
      return `- ${markdown(text)}${journalWords([file.seq])}`;
    }),
  ];
}

function runState(facts: RunFacts): string {
  const resumed = facts.resumed.length === 0 ? '' : `, resumed ${facts.resumed.length}×`;
  if (facts.finished !== null) return `${resumed}, took ${duration(facts.finished.seconds)}`;
  if (facts.interrupted !== null) return `${resumed}, interrupted by ${markdown(facts.interrupted.signal)}`;
  return `${resumed}, not finished`;
}

function kernelSection(row: ReportRow, transcript: string | null): string[] {
  const { facts, verdict } = row;
  const { numbers } = facts.commands;
  const file = transcript === null ? ABSENT : `[${markdown(transcript)}](${transcript})`;
  const commands = numbers.count === 0 ? '' : `, ${numbers.count} commands, journal ${rangeWords(numbers)}`;
  return [
    `## ${markdown(facts.kernel.name)}: ${markdown(verdictCell(verdict))}`,
    '',
    `Evidence: ${file}${commands}`,
    ...markdownBlocks(kernelBlocks(row, false), 3),
  ];
}
