/** Links from what is claimed to the commands of the transcript that prove it. */
import type { RowFacts, RunFacts } from '../../run-events/facts.js';
import { append } from '../../base/lists.js';
import type { JournalEvent } from '../../run-events/events.js';
import { factEntries } from '../transcript.js';
import { markup, type Markup } from './markup.js';

/** The id of a journal event's place in the page. */
export function anchor(seq: number): string {
  return `j${seq}`;
}

/** More ranges than this are told by their number. */
const LISTED = 10;

/** The journal's numbers that have a place in the page; the others are in a transcript, which is a file beside it. */
export class Evidence {
  /** @param transcript file of the row that the numbers are of; null where they are of none. */
  private constructor(
    private readonly anchored: ReadonlySet<number>,
    private readonly files: ReadonlyMap<string, string>,
    readonly transcript: string | null,
  ) {}

  /** @param files transcripts of the kernels, relative to the page. */
  static of(facts: RunFacts, files: ReadonlyMap<string, string>): Evidence {
    const anchored = new Set<number>();
    for (const { seq } of facts.commands.shown) anchored.add(seq);
    for (const { seq } of facts.fetched) anchored.add(seq);
    for (const row of facts.rows) for (const { seq } of pageEntries(row).entries) anchored.add(seq);
    return new Evidence(anchored, files, null);
  }

  /** The evidence of one row. */
  ofRow({ kernel }: RowFacts): Evidence {
    return new Evidence(this.anchored, this.files, this.files.get(kernel.name) ?? null);
  }

  /** The numbers as ranges, each linked to where it begins, of many the first and the last; nothing if there is none. `what` is said to who cannot see the place. */
  all(from: readonly number[], what: string): Markup | null {
    if (from.length === 0) return null;
    const all = ranges(from);
    // A case of a hundred cycles has hundreds: the first and the last tell where in the transcript they are.
    const left = all.length > LISTED + 1 ? all.length - LISTED - 1 : 0;
    const listed = left === 0 ? all : [...all.slice(0, LISTED), ...all.slice(-1)];
    const links = listed.map(([first, last], i) => {
      const shown = first === last ? String(first) : `${first}–${last}`;
      const between = left > 0 && i === LISTED ? ` … (${left} more) … ` : ', ';
      return markup`${i === 0 ? null : between}${this.link(first, shown, what)}`;
    });
    // Nothing to click: plain text takes a page of many kernels less room.
    if (!listed.some(([first]) => this.anchored.has(first))) return markup`(journal ${links})`;
    return markup`<span class="evidence">journal ${links}</span>`;
  }

  /** One link for a table's cell: to the first that has a place, else to the transcript. */
  first(from: readonly number[], what: string): Markup | null {
    const seq = from.find((one) => this.anchored.has(one));
    if (seq !== undefined) return markup`<span class="evidence">${this.link(seq, `#${seq}`, what)}</span>`;
    if (from[0] === undefined || this.transcript === null) return null;
    return markup`<a class="evidence" href="${this.transcript}">#${from[0]}</a>`;
  }

  private link(seq: number, shown: string, what: string): Markup {
    if (!this.anchored.has(seq)) return markup`${shown}`;
    return markup`<a href="#${anchor(seq)}"><span class="unseen">evidence of ${what}, journal </span>${shown}</a>`;
  }
}

/** An event in the page: a command, or lines that the tool read from answers. */
export type PageEntry =
  { seq: number; command: JournalEvent<'command'>; lines: null } | { seq: number; command: null; lines: string[] };

/** Facts of one row that are shown between its commands. */
const MOST_FACTS = 400;

/**
 * What the page shows of a row's transcript, in the journal's order: what replay kept of its commands, and the facts between
 * them. `whole` tells whether that is all of it.
 */
export function pageEntries(row: RowFacts): { entries: PageEntry[]; whole: boolean } {
  const { shown, numbers } = row.commands;
  if (shown.length === 0 && numbers.count > 0) return { entries: [], whole: false };
  const cut = shown.length < numbers.count;
  // What comes after a command that is not shown would stand where it does not belong.
  const end = cut ? (shown.at(-1)?.seq ?? 0) : Infinity;
  const facts = factsOfEvents(row).filter(({ seq }) => seq <= end);
  const entries = [
    ...shown.map((command): PageEntry => ({ seq: command.seq, command, lines: null })),
    ...facts.slice(0, MOST_FACTS).map(({ seq, lines }): PageEntry => ({ seq, command: null, lines })),
  ];
  return { entries: entries.sort((a, b) => a.seq - b.seq), whole: !cut && facts.length <= MOST_FACTS };
}

/** The facts of a row that the transcript shows between its commands, each event once. */
function factsOfEvents(row: RowFacts): { seq: number; lines: string[] }[] {
  const bySeq = new Map<number, string[]>();
  for (const { seq, lines } of factEntries(row)) {
    const own = bySeq.get(seq);
    if (own === undefined) bySeq.set(seq, [...lines]);
    else append(own, lines);
  }
  return [...bySeq].map(([seq, lines]) => ({ seq, lines })).sort((a, b) => a.seq - b.seq);
}

function ranges(from: readonly number[]): [first: number, last: number][] {
  const found: [number, number][] = [];
  for (const seq of from) {
    const open = found.at(-1);
    if (open !== undefined && seq === open[1] + 1) open[1] = seq;
    else found.push([seq, seq]);
  }
  return found;
}
