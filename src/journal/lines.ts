/** One event as one line of a journal, and the sums by which lines vouch for each other; see `events.ts`. */
import { hash } from 'node:crypto';
import { JOURNAL_VERSION, type JournalEvent } from './events.js';

/** `,"sum":"` before it and `"}` after it. */
const SUM = /^,"sum":"([0-9a-f]{16})"\}$/;
const SUM_LENGTH = 26;

/** @param previous sum of the line before; empty for the first. @param body the line without its sum. */
export function sumOf(previous: string, body: string): string {
  return hash('sha256', previous + body, 'hex').slice(0, 16);
}

/** The line of an event, its newline included; an event of version 1 has no sum, and the one before it counts on. */
export function lineOf(event: JournalEvent, previous: string): { line: string; sum: string } {
  const body = JSON.stringify(event);
  if (event.v !== JOURNAL_VERSION) return { line: `${body}\n`, sum: previous };
  const sum = sumOf(previous, body);
  return { line: `${body.slice(0, -1)},"sum":"${sum}"}\n`, sum };
}

/** A whole journal's text. */
export function journalText(events: readonly JournalEvent[]): string {
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
  const sum = raw.endsWith('"}') ? SUM.exec(raw.slice(-SUM_LENGTH))?.[1] : undefined;
  return sum === undefined ? { body: raw, sum: null } : { body: `${raw.slice(0, -SUM_LENGTH)}}`, sum };
}
