/**
 * The envelope of events. One event is one line of JSON in runs/<id>/journal.jsonl. Events hold facts only (what was asked, what
 * was answered, what was counted); every judgement is made by replaying them, so it can be made again. `from` in an event lists
 * the `seq` of the command events it was read from.
 *
 * A line ends with `,"sum":"<16 hex digits>"}`: the beginning of the sha256 over the sum of the line before (nothing, for the
 * first) and this line without its sum (`{…}`). So a line that was changed, left out, doubled, moved or taken from another
 * journal is found by the reader (`lines.ts`).
 */
import type { z } from 'zod';

/** Raised when a reader of an older version would misread an event. Versions 1 and 2 were never released. */
export const JOURNAL_VERSION = 3;

/** One line of a journal. `seq` counts from 1 without gaps; `at` is an ISO 8601 time with milliseconds. */
export interface StoredEvent {
  v: typeof JOURNAL_VERSION;
  seq: number;
  at: string;
  kind: string;
}

/** The kinds of events that a journal may hold: the shape of each, its envelope left out. `E` is their union. */
export interface Catalogue<E extends StoredEvent = StoredEvent> {
  /** Undefined for a kind that it does not have. */
  shapeOf(kind: string): z.ZodType | undefined;
  /** Never there: tells the compiler the events of the shapes. */
  readonly events?: E;
}
