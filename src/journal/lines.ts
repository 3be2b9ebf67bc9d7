/** One event as one line of a journal, and the sums by which lines vouch for each other; see `event.ts`. */
import { hash } from 'node:crypto';
import type { StoredEvent } from './event.js';

const BEFORE = ',"sum":"';
const AFTER = '"}';
/** Hexadecimal digits of a sum. */
const DIGITS = 16;
const SUM_LENGTH = BEFORE.length + DIGITS + AFTER.length;

/** @param previous sum of the line before; empty for the first. @param body the line without its sum. */
export function sumOf(previous: string, body: string): string {
  return hash('sha256', previous + body, 'hex').slice(0, DIGITS);
}

/** The line of an event, its newline included. @param previous sum of the line before; empty for the first. */
export function lineOf(event: StoredEvent, previous: string): { line: string; sum: string } {
  const body = JSON.stringify(event);
  const sum = sumOf(previous, body);
  return { line: `${body.slice(0, -1)}${BEFORE}${sum}${AFTER}\n`, sum };
}

/** A whole journal's text. */
export function journalText(events: readonly StoredEvent[]): string {
  let previous = '';
  return events
    .map((event) => {
      const { line, sum } = lineOf(event, previous);
      previous = sum;
      return line;
    })
    .join('');
}

/** A line, without its newline, taken apart; `sum` is null if it does not end with one. */
export function takeApart(raw: string): { body: string; sum: string | null } {
  const end = raw.length - SUM_LENGTH;
  // No regular expression: a journal has a hundred thousand lines.
  const ends = end >= 0 && raw.endsWith(AFTER) && raw.startsWith(BEFORE, end) && isHex(raw, end + BEFORE.length);
  if (!ends) return { body: raw, sum: null };
  return { body: `${raw.slice(0, end)}}`, sum: raw.slice(end + BEFORE.length, -AFTER.length) };
}

function isHex(text: string, from: number): boolean {
  for (let i = from; i < from + DIGITS; i++) {
    const code = text.charCodeAt(i);
    const digit = code >= 0x30 && code <= 0x39;
    if (!digit && !(code >= 0x61 && code <= 0x66)) return false;
  }
  return true;
}
