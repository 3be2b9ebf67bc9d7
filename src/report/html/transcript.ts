/** A kernel's transcript in the page: every command and its answer, folded by phase, each with an anchor. */
import type { RowFacts } from '../../run-events/facts.js';
import { duration } from '../../base/text/figures.js';
import type { CommandFacts } from '../../run-events/command-facts.js';
import type { JournalEvent } from '../../run-events/events.js';
import { plainLines } from '../../base/text/plain.js';
import { titleOf } from '../transcript.js';
import { anchor, pageEntries } from './evidence.js';
import { markup, type Markup } from './markup.js';

/** Answers of more lines are folded. */
const LONG = 24;

interface Section {
  phase: string | null;
  commands: number;
  entries: Markup[];
}

/**
 * One fold a phase, in the journal's order. What the tool read from the answers stands between the commands. Where the page does
 * not have all of a row's commands it says so, and leads to the file that has.
 * @param file transcript, relative to the page.
 */
export function transcript(row: RowFacts, file: string | null): Markup {
  const { count } = row.commands.numbers;
  const { entries, whole } = pageEntries(row);
  const link = file === null ? markup`journal.jsonl` : markup`<a href="${file}">${file}</a>`;
  if (entries.length === 0 && count === 0) return markup`<p>No command ran in this kernel’s row.</p>`;
  if (entries.length === 0) return markup`<p>${counted(count)}, each with its answer: ${link}</p>`;
  const sections: Section[] = [];
  for (const { seq, command: event, lines } of entries) {
    const phase = event?.phase ?? null;
    const open = sections.at(-1);
    const item = event === null ? fact(seq, lines) : command(event, row.kernel.name);
    if (open === undefined || (phase !== null && open.phase !== null && phase !== open.phase)) {
      sections.push({ phase, commands: phase === null ? 0 : 1, entries: [item] });
      continue;
    }
    open.phase ??= phase;
    open.commands += phase === null ? 0 : 1;
    open.entries.push(item);
  }
  const shown = row.commands.shown.length;
  const these =
    shown === count
      ? 'More of what the tool read is in'
      : `These are the first ${shown} of ${counted(count)}; all are in`;
  const more = whole ? null : markup`<p>${these} ${link}.</p>`;
  return markup`<div class="transcript">${sections.map((section) => fold(section, row))}</div>${more}`;
}

/** Commands of machines between rows. */
export function otherCommands({ shown, numbers }: CommandFacts): Markup {
  const left = numbers.count - shown.length;
  const more = left === 0 ? null : markup`<p>${left} more are in journal.jsonl.</p>`;
  return markup`<div class="transcript"><details><summary>Between the rows <span class="count">${counted(numbers.count)}</span></summary><ol>${shown.map((one) => command(one, one.machine))}</ol></details></div>${more}`;
}

function fold({ phase, commands, entries }: Section, row: RowFacts): Markup {
  const seconds = row.phases.findLast((one) => one.phase === phase)?.seconds ?? null;
  const took = seconds === null ? '' : `, ${duration(seconds)}`;
  return markup`<details><summary>${phase === null ? 'Facts' : titleOf(phase)} <span class="count">${counted(commands)}${took}</span></summary><ol>${entries}</ol></details>`;
}

function counted(commands: number): string {
  return `${commands} command${commands === 1 ? '' : 's'}`;
}

function command(event: JournalEvent<'command'>, host: string): Markup {
  const failed = event.code === 0 ? null : markup`<span class="exit">exit ${event.code}</span>`;
  return markup`<li id="${anchor(event.seq)}" class="command"><div class="asked"><span class="seq">${event.seq}</span><code><span class="prompt">[root@${host} ~]# </span>${event.command}</code><span class="ended">${failed} ${duration(event.seconds)}</span></div>${output(event)}</li>\n`;
}

/** What was written to stdout, then to stderr, whole. */
function output({ stdout, stderr }: JournalEvent<'command'>): Markup | null {
  const streams = [
    { text: plainLines(stdout).replace(/\n$/, ''), kind: 'out', name: 'output' },
    { text: plainLines(stderr).replace(/\n$/, ''), kind: 'err', name: 'error output' },
  ].filter(({ text }) => text !== '');
  if (streams.length === 0) return null;
  return markup`${streams.map(({ text, kind, name }) => {
    const lines = text.split('\n').length;
    // A newline right after <pre> would be swallowed; <code> stands before it.
    const body = markup`<pre class="${kind}"><code>${text}</code></pre>`;
    return lines <= LONG ? body : markup`<details><summary>${lines} lines of ${name}</summary>${body}</details>`;
  })}`;
}

function fact(seq: number, lines: readonly string[]): Markup {
  const said = lines.map((one) => one.replace(/^-- /, '')).join('; ');
  return markup`<li id="${anchor(seq)}" class="fact"><span class="seq">${seq}</span><span>${said}</span></li>\n`;
}
