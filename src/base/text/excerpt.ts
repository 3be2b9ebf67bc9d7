/** What of a long text is shown: it says how much was cut, and where the whole is. */

/** Most of a text that is shown. */
export interface Bounds {
  characters: number;
  lines: number;
}

/** A reason, an error, a cell, a line: what is told of what somebody else said. */
export const REASON: Bounds = { characters: 2000, lines: 20 };
/** A text shown on lines of its own. */
export const BLOCK: Bounds = { characters: 16_000, lines: 200 };
/** Where the whole of what a report shows can be read. */
export const IN_JOURNAL = 'all of it is in journal.jsonl';

/**
 * The beginning and the end of a text that may be of any length: what stands between is counted in its place. Text within the
 * bounds is given as it is.
 * @param bounds most characters and lines of what is given, the mark of the cut left out.
 * @param whole where all of the text is, in words; left out if it is kept nowhere.
 */
export function excerpt(text: string, bounds: Bounds = REASON, whole = ''): string {
  const { characters, lines } = bounds;
  const short = cutLines(text, lines, (count) => left(count, 'lines', whole));
  if (short.length <= characters) return short;
  const head = Math.ceil((characters * 3) / 4);
  const tail = characters - head;
  const cut = left(short.length - characters, 'characters', whole);
  return `${wholePairs(short.slice(0, head))} … ${cut} … ${wholePairs(short.slice(short.length - tail))}`;
}

/** The beginning of a text, with `…` for what is left out; at most `length` characters. */
export function clip(text: string, length: number): string {
  return text.length > length ? `${wholePairs(text.slice(0, length - 1))}…` : text;
}

/** The mark of a cut. */
export function left(count: number, what: string, whole: string): string {
  return `[${count} ${what} left out${whole === '' ? '' : `; ${whole}`}]`;
}

function cutLines(text: string, most: number, mark: (count: number) => string): string {
  const starts = lineStarts(text, most);
  if (starts === null) return text;
  return `${text.slice(0, starts.headEnd)}\n… ${mark(starts.between)} …\n${text.slice(starts.tailStart)}`;
}

/** Where the first three quarters of the lines end and the last quarter begins; null if there are no more lines than `most`. */
function lineStarts(text: string, most: number): { headEnd: number; tailStart: number; between: number } | null {
  const ends: number[] = [];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) ends.push(at);
  const count = ends.length + 1;
  if (count <= most) return null;
  const head = Math.max(1, Math.ceil((most * 3) / 4));
  const tail = Math.max(1, most - head);
  return { headEnd: ends[head - 1]!, tailStart: ends[count - tail - 1]! + 1, between: count - head - tail };
}

/** Text that was cut out of another without the half of a surrogate pair at its ends. */
export function wholePairs(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}
