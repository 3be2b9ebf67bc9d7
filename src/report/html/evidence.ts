/** Links from what is claimed to the commands of the transcript that prove it. */
import { append } from '../../base/lists.js';
import type { RunFacts } from '../../journal/replay.js';
import { factEntries } from '../transcript.js';
import { markup, type Markup } from './markup.js';

/** The id of a journal event's place in the page. */
export function anchor(seq: number): string {
  return `j${seq}`;
}

/** More ranges than this are told by their number. */
const LISTED = 10;

/** The journal's numbers that have a place in the page. A number without one is shown and not linked. */
export class Evidence {
  private readonly anchored: ReadonlySet<number>;

  constructor(facts: RunFacts) {
    this.anchored = new Set([
      ...facts.commands.map(({ seq }) => seq),
      ...facts.fetched.map(({ seq }) => seq),
      ...facts.rows.flatMap((row) => [...row.commands, ...shownFacts(row)].map(({ seq }) => seq)),
    ]);
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
    return markup`<span class="evidence">journal ${links}</span>`;
  }

  /** One link for a table's cell: to the first that has a place. */
  first(from: readonly number[], what: string): Markup | null {
    const seq = from.find((one) => this.anchored.has(one));
    if (seq === undefined) return null;
    return markup`<span class="evidence">${this.link(seq, `#${seq}`, what)}</span>`;
  }

  private link(seq: number, shown: string, what: string): Markup {
    if (!this.anchored.has(seq)) return markup`${shown}`;
    return markup`<a href="#${anchor(seq)}"><span class="unseen">evidence of ${what}, journal </span>${shown}</a>`;
  }
}

/** The facts of a row that the transcript shows between its commands, each event once. */
export function shownFacts(row: RunFacts['rows'][number]): { seq: number; lines: string[] }[] {
  const bySeq = new Map<number, string[]>();
  for (const { seq, lines } of factEntries(row)) {
    const known = bySeq.get(seq);
    if (known === undefined) bySeq.set(seq, [...lines]);
    else append(known, lines);
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
