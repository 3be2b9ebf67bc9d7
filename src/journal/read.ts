/** Reading journal.jsonl: one event a line, whole lines only, each checked. What the events mean is replay's business. */
import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream, type ReadStream } from 'node:fs';
import type { z } from 'zod';
import { clip } from '../base/text/excerpt.js';
import { openRegular } from '../host/regular-file.js';
import { type Catalogue, JOURNAL_VERSION, type StoredEvent } from './event.js';
import { unknownEvidence } from './evidence.js';
import { misfitOf, time } from './fields.js';
import { sumOf, takeApart } from './lines.js';

/** A journal that cannot be trusted, with the file, the line and what to do. */
export class JournalError extends Error {
  constructor(
    readonly file: string,
    /** Line number, counted from 1; equal to `seq` in a healthy journal. */
    readonly line: number,
    readonly problem: string,
    /** What to do. */
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(`${file}:${line}: ${problem}; ${advice}`, options);
    this.name = 'JournalError';
  }
}

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

/** What to do about a journal that is damaged. */
export const RESTORE = 'restore the file from a copy, or start a new run';
const FOREIGN = 'name the folder of a run; its journal is the one file that a run cannot do without';
const OLDER = 'start a new run: such journals are of versions that were never released';
const UPGRADE = 'read it with the kernel-matrix version that wrote it, or a newer one';
const FOREIGN_WORDS = 'this is no journal of kernel-matrix';

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

/** A line that may be the torn last one. */
class NotJson extends JournalError {}

/** Checks one line after another. */
class LineReader<E extends StoredEvent> {
  /** Lines read. */
  read = 0;
  sum = '';

  constructor(
    private readonly file: string,
    private readonly catalogue: Catalogue<E>,
  ) {}

  /** @param valid whether the line's bytes were UTF-8. */
  event(raw: string, valid: boolean): E {
    const { body, sum } = takeApart(raw);
    const value = this.parse(body, valid);
    if (this.read === 0) refuseForeign(value, this.file);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.damage('not a journal event (an object was expected)');
    }
    const event = value as Record<string, unknown>;
    this.checkVersion(event);
    if (event.seq !== this.read + 1) {
      throw this.damage(
        `seq ${JSON.stringify(event.seq) ?? 'missing'} where ${this.read + 1} was expected: events are missing or were added`,
      );
    }
    this.checkSum(body, sum);
    const { at, kind, contents } = this.checkBody(event);
    this.read += 1;
    return { v: JOURNAL_VERSION, seq: this.read, at, kind, ...contents } as unknown as E;
  }

  private parse(body: string, valid: boolean): unknown {
    try {
      if (!valid) throw new SyntaxError('bytes that are no UTF-8');
      return JSON.parse(body);
    } catch (cause) {
      // The first line was synced before anything else was done, so a journal always begins with one.
      const [problem, advice] =
        this.read === 0
          ? [`${FOREIGN_WORDS}: its first line is no JSON`, FOREIGN]
          : ['not a line of JSON, and not the last line', RESTORE];
      throw new NotJson(this.file, this.read + 1, problem, advice, { cause });
    }
  }

  private checkVersion({ v }: Record<string, unknown>): void {
    if (v === JOURNAL_VERSION) return;
    const older = typeof v === 'number' && v < JOURNAL_VERSION;
    throw this.error(
      `journal version ${JSON.stringify(v) ?? 'missing'}, this program reads version ${JOURNAL_VERSION}`,
      older ? OLDER : UPGRADE,
    );
  }

  private checkSum(body: string, sum: string | null): void {
    if (sum === null) throw this.damage('an event without its sum at the end');
    if (sumOf(this.sum, body) !== sum) {
      throw this.damage('its sum is wrong: this line, or one before it, is not what was written');
    }
    this.sum = sum;
  }

  private checkBody(event: Record<string, unknown>): { at: string; kind: string; contents: object } {
    const { kind, at } = event;
    const shape = typeof kind === 'string' ? this.catalogue.shapeOf(kind) : undefined;
    if (typeof kind !== 'string' || shape === undefined) {
      throw this.error(`unknown event kind ${clip(JSON.stringify(kind) ?? 'missing', 60)}`, UPGRADE);
    }
    if (at === undefined) throw this.damage('event without a time (`at`)');
    const dated = time.safeParse(at);
    if (!dated.success) throw this.misfit(`${kind}: at`, dated.error, at);
    const body = shape.safeParse(event);
    if (!body.success) throw this.misfit(`${kind}: `, body.error, event);
    const contents = body.data as Record<string, unknown>;
    const unknown = unknownEvidence(contents, this.read + 1);
    if (unknown !== null) throw this.damage(`${kind}: from: expected events before this one, got ${unknown}`);
    return { at: dated.data, kind, contents };
  }

  private misfit(before: string, error: z.ZodError, value: unknown): JournalError {
    const { path, expected, got } = misfitOf(error, value);
    return this.damage(`${before}${path}: expected ${expected}, got ${got}`);
  }

  private damage(problem: string): JournalError {
    return this.error(problem, RESTORE);
  }

  private error(problem: string, advice: string): JournalError {
    return new JournalError(this.file, this.read + 1, problem, advice);
  }
}

/** JSON of another program: its first line is whole, and has nothing of an event's envelope. */
function refuseForeign(value: unknown, file: string): void {
  const own = typeof value === 'object' && value !== null && ['v', 'seq', 'kind'].some((key) => key in value);
  if (!own) throw new JournalError(file, 1, `${FOREIGN_WORDS}: its first line has no v, seq or kind`, FOREIGN);
}

function refuseForeignText(text: string, file: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  refuseForeign(value, file);
}
