/** Bounds of what replay keeps of an event. The whole of it stays in the journal, and the answers of commands in the transcripts. */
import { excerpt, IN_JOURNAL } from '../base/text/excerpt.js';

/**
 * Characters and lines of one text in the facts of a run, the mark of the cut left out. With its mark it is within what a report
 * shows of a block (`BLOCK`), so that no report cuts it once more.
 */
export const LONGEST_TEXT = { characters: 12_000, lines: 150 } as const;
/** Texts of one list, and the characters of all of them. */
export const LONGEST_LIST = { texts: 150, characters: 12_000 } as const;
/** A text within {@link LONGEST_TEXT}: of a longer one its beginning and its end. */
export function boundedText(text: string): string {
  // Any text so short has few lines only if it has few characters; counting them is left to those that may have too many.
  return text.length <= LONGEST_TEXT.lines ? text : excerpt(text, LONGEST_TEXT, IN_JOURNAL);
}

/** The value with every text and list of texts in it within the bounds; the very value where nothing had to be cut. */
export function bounded<T>(value: T): T {
  return boundedValue(value) as T;
}

/** Fields that name what other events and the plan name too: never cut. */
const NAMES: ReadonlySet<string> = new Set(['kernel', 'machine', 'run']);

function boundedValue(value: unknown): unknown {
  if (typeof value === 'string') return boundedText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return boundedList(value);
  let copy: Record<string, unknown> | null = null;
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === 'string' && NAMES.has(name)) continue;
    const kept = boundedValue(each);
    if (kept === each) continue;
    copy ??= { ...value };
    copy[name] = kept;
  }
  return copy ?? value;
}

/** Lists of numbers and of objects are facts, and are kept whole; of texts the first. */
function boundedList(list: readonly unknown[]): readonly unknown[] {
  if (typeof list[0] === 'number') return list;
  const kept: unknown[] = [];
  let characters = 0;
  let same = true;
  for (const [i, each] of list.entries()) {
    const item = boundedValue(each);
    if (typeof item === 'string') characters += item.length;
    if (typeof item === 'string' && i > 0 && (i >= LONGEST_LIST.texts || characters > LONGEST_LIST.characters)) {
      kept.push(`… [${list.length - i} more left out] …`);
      return kept;
    }
    same &&= item === each;
    kept.push(item);
  }
  return same ? list : kept;
}
