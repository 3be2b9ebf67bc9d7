/** Of a text this long nothing is cut where it becomes a reason: characters, then lines. */
const REASON = { characters: 2000, lines: 20 };

/**
 * The beginning and the end of a text that may be of any length, for a reason, an error or a cell: what stands between is
 * counted in its place. Text within the bounds is given as it is.
 * @param bounds most characters and lines of what is given, the mark of the cut left out.
 */
export function excerpt(text: string, bounds: { characters: number; lines: number } = REASON): string {
  const { characters, lines } = bounds;
  const short = cutLines(text, lines);
  if (short.length <= characters) return short;
  const head = Math.ceil((characters * 3) / 4);
  const tail = characters - head;
  const cut = short.length - characters;
  return `${whole(short.slice(0, head))} … [${cut} characters left out] … ${whole(short.slice(short.length - tail))}`;
}

function cutLines(text: string, most: number): string {
  const starts = lineStarts(text, most);
  if (starts === null) return text;
  return `${text.slice(0, starts.headEnd)}\n… [${starts.between} lines left out] …\n${text.slice(starts.tailStart)}`;
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

/** A cut may go through a surrogate pair: its half is left out. */
function whole(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}
