/** Reading journal.jsonl: one event a line, whole lines only, each checked. What the events mean is replay's business. */
import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream, type ReadStream } from 'node:fs';
import { openRegular } from '../host/regular-file.js';
import { JournalError, RESTORE } from './error.js';
import type { Catalogue, StoredEvent } from './event.js';
import { LineReader, NotJson, refuseForeignText } from './line-reader.js';

/** How a journal ended, once it was read to its end. */
export interface JournalEnd {
  /** What a killed writer left of its last line; null if the journal ends with a whole line. */
  torn: { line: number; text: string } | null;
  /** Length in bytes of the whole lines: what a writer that goes on must truncate the file to. */
  wholeBytes: number;
  /** Of the last whole line; empty without one. */
  sum: string;
}

export interface ParsedJournal<E extends StoredEvent> extends JournalEnd {
  events: E[];
}

/** Longer than any event; what a string of Node can hold is twice that. */
const LONGEST_LINE = 256 * 2 ** 20;
/** What is decoded at once. With 256 KiB reading took a quarter longer, most of that in the host's kernel. */
export const CHUNK = 2 ** 16;
/** How much of a torn line is kept. */
const SHOWN = 4096;

function journalStream(file: string): ReadStream {
  return createReadStream(file, { fd: openRegular(file), highWaterMark: CHUNK });
}

/**
 * Reads a journal from disk.
 * @throws JournalError if a line other than a torn last one cannot be read, is of another version, breaks the count of `seq`,
 * has not the sum it must have, or does not hold what its kind must hold; UserError if the file is no regular one; the error of node:fs if it cannot be read.
 */
export async function readJournal<E extends StoredEvent>(
  file: string,
  catalogue: Catalogue<E>,
): Promise<ParsedJournal<E>> {
  const parser = new JournalParser(file, catalogue);
  const events: E[] = [];
  for await (const chunk of journalStream(file)) {
    for (const event of parser.feed(chunk as Buffer)) events.push(event);
  }
  return { events, ...parser.end() };
}

/**
 * The events of a journal as they are read from disk, so that no more than a piece of the file is held at once.
 * @param ended is told how the journal ended, after the last event.
 * @throws JournalError as {@link readJournal}.
 */
export async function* readEvents<E extends StoredEvent>(
  file: string,
  catalogue: Catalogue<E>,
  ended: (end: JournalEnd) => void = () => undefined,
): AsyncGenerator<E, void> {
  const parser = new JournalParser(file, catalogue);
  for await (const chunk of journalStream(file)) yield* parser.feed(chunk as Buffer);
  ended(parser.end());
}

/**
 * Parses a whole journal.
 * @param file name used in errors.
 * @throws JournalError as {@link readJournal}.
 */
export function parseJournal<E extends StoredEvent>(
  content: string | Uint8Array,
  file: string,
  catalogue: Catalogue<E>,
): ParsedJournal<E> {
  const parser = new JournalParser(file, catalogue);
  const bytes =
    typeof content === 'string'
      ? Buffer.from(content)
      : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const events: E[] = [];
  for (let offset = 0; offset < bytes.length; offset += CHUNK) {
    for (const event of parser.feed(bytes.subarray(offset, offset + CHUNK))) events.push(event);
  }
  return { events, ...parser.end() };
}

/**
 * Takes a journal piece by piece. Each event is written and synced before the next effect starts, so only the last line can be
 * torn: it is left out (and told in `torn`) when it has no newline or is not JSON. A last line without its newline is
 * left out even if it parses, since a writer that appends must be able to trust that lines do not run together.
 */
export class JournalParser<E extends StoredEvent> {
  private readonly reader: LineReader<E>;
  /** Pieces of a line whose end has not come yet. */
  private rest: Buffer[] = [];
  private restLength = 0;
  private wholeBytes = 0;
  /** A line that is not JSON: torn if it is the last, damage if it is not. */
  private broken: { error: JournalError; text: string } | null = null;

  constructor(
    private readonly file: string,
    catalogue: Catalogue<E>,
  ) {
    this.reader = new LineReader(file, catalogue);
  }

  *feed(chunk: Buffer): Generator<E, void> {
    const end = chunk.lastIndexOf(10) + 1;
    if (end > 0) {
      const whole =
        this.restLength === 0 ? chunk.subarray(0, end) : Buffer.concat([...this.rest, chunk.subarray(0, end)]);
      this.rest = [];
      this.restLength = 0;
      // Many lines are decoded at once, as each on its own would take longer than all that is done with it.
      // Bytes below 128 are the same in both encodings, and one of the two needs no look at each.
      if (isAscii(whole)) yield* this.lines(whole.toString('latin1'), true);
      else if (isUtf8(whole)) yield* this.lines(whole.toString('utf8'), true);
      else for (const line of linesOf(whole)) yield* this.lines(`${line.toString('utf8')}\n`, isUtf8(line));
    }
    if (end === chunk.length) return;
    this.refuseBroken();
    this.rest.push(chunk.subarray(end));
    this.restLength += chunk.length - end;
    if (this.restLength > LONGEST_LINE) throw this.tooLong();
  }

  private *lines(text: string, valid: boolean): Generator<E, void> {
    let offset = 0;
    for (let newline = text.indexOf('\n'); newline !== -1; newline = text.indexOf('\n', offset)) {
      this.refuseBroken();
      const raw = text.slice(offset, newline);
      offset = newline + 1;
      const event = this.take(raw, valid);
      if (event !== null) yield event;
    }
  }

  end(): JournalEnd {
    const whole = { wholeBytes: this.wholeBytes, sum: this.reader.sum };
    const line = this.reader.read + 1;
    if (this.broken !== null) return { ...whole, torn: { line, text: this.broken.text } };
    if (this.restLength === 0) return { ...whole, torn: null };
    const text = Buffer.concat(this.rest).toString('utf8');
    if (line === 1) refuseForeignText(text, this.file);
    return { ...whole, torn: { line, text: text.slice(0, SHOWN) } };
  }

  private take(raw: string, valid: boolean): E | null {
    try {
      const event = this.reader.event(raw, valid);
      this.wholeBytes += Buffer.byteLength(raw) + 1;
      return event;
    } catch (error) {
      if (!(error instanceof NotJson)) throw error;
      this.broken = { error, text: raw.slice(0, SHOWN) };
      return null;
    }
  }

  private refuseBroken(): void {
    if (this.broken !== null) throw this.broken.error;
  }

  private tooLong(): JournalError {
    return new JournalError(this.file, this.reader.read + 1, `a line of more than ${LONGEST_LINE} bytes`, RESTORE);
  }
}

/** Lines without their newlines, of bytes that end with one. */
function* linesOf(bytes: Buffer): Generator<Buffer, void> {
  for (let offset = 0; offset < bytes.length;) {
    const newline = bytes.indexOf(10, offset);
    yield bytes.subarray(offset, newline);
    offset = newline + 1;
  }
}
