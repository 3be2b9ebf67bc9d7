/** Transcripts: of each kernel every command and its answer, to be read like the source's shell session. */
import type { RowFacts, RunFacts } from '../run-events/facts.js';
import { duration } from '../base/text/figures.js';
import { plain, plainLines } from '../base/text/plain.js';
import type { JournalEvent } from '../run-events/events.js';
import type { EventNumbers, NumberRange } from '../journal/numbers.js';
import type { Entry } from '../scenario/view.js';
import { factEntries, titleOf } from './transcript.js';

/** Text that comes next in a kernel's transcript. */
export interface TranscriptPart {
  kernel: string;
  text: string;
  /** Nothing more comes of this kernel. */
  last: boolean;
}

/**
 * The transcripts of a run: its journal is read once more and each event handed to `next`, as facts hold no answers. So no more
 * than one answer is held at once.
 *
 * A transcript is one kernel's session: a heading per phase, `[root@<kernel> ~]# command`, what it wrote to stdout, then to
 * stderr, and its exit code where it is not 0. The number in the margin is the event's `seq`, the one that `from` lists name.
 * Lines that begin with `--` are what the tool read from the answers. Terminal escapes are left out.
 */
export class TranscriptMaker {
  private readonly named: ReadonlyMap<string, RowFacts>;
  private readonly ofMachines: ReadonlyMap<string, MachineRows>;
  private readonly owned = new Map<RowFacts, Membership>();
  private readonly open = new Map<RowFacts, OneTranscript>();
  private readonly finished = new Set<RowFacts>();

  /** @param facts of the same journal. */
  constructor(private readonly facts: RunFacts) {
    this.named = new Map(facts.rows.map((row) => [row.kernel.name, row]));
    this.ofMachines = rowsOfMachines(facts.rows);
  }

  /** What an event adds; null for one that no transcript shows by itself: only a command of a row's last attempt does. */
  next(event: JournalEvent): TranscriptPart | null {
    if (event.kind !== 'command') return null;
    const row =
      event.kernel === null ? this.ofMachines.get(event.machine)?.at(event.seq) : this.named.get(event.kernel);
    if (row === undefined || !this.owns(row, event.seq)) return null;
    let one = this.open.get(row);
    if (one === undefined) {
      one = new OneTranscript(row, this.facts);
      this.open.set(row, one);
    }
    const last = event.seq === row.commands.numbers.last;
    const text = one.command(event) + (last ? one.end() : '');
    if (last) {
      this.open.delete(row);
      this.finished.add(row);
    }
    return { kernel: row.kernel.name, text, last };
  }

  /** The rest, once every event was handed over. */
  *end(): Generator<TranscriptPart, void> {
    for (const row of this.facts.rows) {
      if (this.finished.has(row)) continue;
      const one = this.open.get(row) ?? new OneTranscript(row, this.facts);
      yield { kernel: row.kernel.name, text: one.end(), last: true };
    }
  }

  private owns(row: RowFacts, seq: number): boolean {
    let membership = this.owned.get(row);
    if (membership === undefined) {
      membership = new Membership(row.commands.numbers);
      this.owned.set(row, membership);
    }
    return membership.has(seq);
  }
}

/** The transcripts of events that are all at hand, by kernel. */
export function renderTranscripts(events: Iterable<JournalEvent>, facts: RunFacts): Map<string, string> {
  const maker = new TranscriptMaker(facts);
  const texts = new Map<string, string>(facts.rows.map(({ kernel }) => [kernel.name, '']));
  const add = ({ kernel, text }: TranscriptPart) => texts.set(kernel, `${texts.get(kernel) ?? ''}${text}`);
  for (const event of events) {
    const part = maker.next(event);
    if (part !== null) add(part);
  }
  for (const part of maker.end()) add(part);
  return texts;
}

/** Whether numbers are among some: asked in rising order. */
class Membership {
  private readonly ranges: Iterator<NumberRange, void>;
  private range: NumberRange | null;

  constructor(numbers: EventNumbers) {
    this.ranges = numbers.ranges();
    this.range = this.ranges.next().value ?? null;
  }

  has(seq: number): boolean {
    while (this.range !== null && this.range[1] < seq) this.range = this.ranges.next().value ?? null;
    return this.range !== null && this.range[0] <= seq;
  }
}

/** The row a machine was at work on last, at a number: asked in rising order. */
class MachineRows {
  private index = -1;

  /** @param rows in the order they were started. */
  constructor(private readonly rows: readonly RowFacts[]) {}

  at(seq: number): RowFacts | undefined {
    while ((this.rows[this.index + 1]?.started?.seq ?? Infinity) < seq) this.index += 1;
    return this.rows[this.index];
  }
}

function rowsOfMachines(rows: readonly RowFacts[]): Map<string, MachineRows> {
  const byMachine = new Map<string, RowFacts[]>();
  const started = rows.filter((row) => row.started !== null);
  started.sort((a, b) => a.started!.seq - b.started!.seq);
  for (const row of started) {
    const { machine } = row.started!;
    const own = byMachine.get(machine);
    if (own === undefined) byMachine.set(machine, [row]);
    else own.push(row);
  }
  return new Map([...byMachine].map(([machine, own]) => [machine, new MachineRows(own)]));
}

/** One kernel's transcript on its way. */
class OneTranscript {
  /** What is still to come of what the tool read, the next one last. */
  private readonly entries: Entry[];
  private readonly margin: number;
  private readonly prompt: string;
  private phase: string | null = null;
  private begun = false;

  constructor(
    private readonly row: RowFacts,
    private readonly run: RunFacts,
  ) {
    this.entries = factEntries(row)
      .sort((a, b) => a.seq - b.seq)
      .reverse();
    const last = Math.max(row.commands.numbers.last ?? 0, this.entries[0]?.seq ?? 0);
    this.margin = Math.max(4, String(last).length);
    this.prompt = `[root@${plain(row.kernel.name)} ~]# `;
  }

  command(event: JournalEvent<'command'>): string {
    const before = this.head() + this.facts(event.seq);
    const [first = '', ...more] = bodyLines(event.command);
    let text = before + this.heading(event.phase) + this.line(event.seq, `${this.prompt}${first}`);
    for (const line of more) text += this.line(null, `> ${line}`);
    for (const line of bodyLines(event.stdout)) text += this.line(null, line);
    for (const line of bodyLines(event.stderr)) text += this.line(null, line);
    return event.code === 0 ? text : text + this.line(null, `[exit ${event.code}]`);
  }

  end(): string {
    return this.head() + this.facts(Infinity);
  }

  private head(): string {
    if (this.begun) return '';
    this.begun = true;
    const { run, profile, profileReason } = this.run;
    const head = `Kernel ${plain(this.row.kernel.name)}\n${plain(`Run ${run}, profile ${profile}: ${profileReason}`)}\n`;
    const empty = this.entries.length === 0 && this.row.commands.numbers.count === 0;
    return empty ? `${head}\nNo command ran in this kernel’s row.\n` : head;
  }

  /** What the tool read before an event. */
  private facts(before: number): string {
    let text = '';
    for (let next = this.entries.at(-1); next !== undefined && next.seq < before; next = this.entries.at(-1)) {
      this.entries.pop();
      for (const [i, line] of next.lines.entries()) text += this.line(i === 0 ? next.seq : null, line);
    }
    return text;
  }

  private heading(phase: string): string {
    if (phase === this.phase) return '';
    this.phase = phase;
    // A journal may come from anybody, and a phase may have any name in it.
    return `\n### ${plain(`${titleOf(phase)} (phase ${phase}`)}${timing(this.row, phase)})\n\n`;
  }

  private line(seq: number | null, text: string): string {
    return `${`${(seq === null ? '' : String(seq)).padStart(this.margin)} | ${text}`.trimEnd()}\n`;
  }
}

function timing(row: RowFacts, phase: string): string {
  const seconds = row.phases.findLast((fact) => fact.phase === phase)?.seconds ?? null;
  return seconds === null ? '' : `, ${duration(seconds)}`;
}

/** Lines of an answer without the newline that ends it; none for an empty one. */
function bodyLines(text: string): string[] {
  const body = plainLines(text).replace(/\n$/, '');
  return body === '' ? [] : body.split('\n');
}
