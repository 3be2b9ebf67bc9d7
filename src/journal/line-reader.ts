/** One line of a journal after the other, each checked. */
import type { z } from 'zod';
import { clip } from '../base/text/excerpt.js';
import { JournalError, RESTORE } from './error.js';
import { type Catalogue, JOURNAL_VERSION, type StoredEvent } from './event.js';
import { unknownEvidence } from './evidence.js';
import { misfitOf, time } from './fields.js';
import { sumOf, takeApart } from './lines.js';

const FOREIGN = 'name the folder of a run; its journal is the one file that a run cannot do without';
const OLDER = 'start a new run: such journals are of versions that were never released';
const UPGRADE = 'read it with the kernel-matrix version that wrote it, or a newer one';
const FOREIGN_WORDS = 'this is no journal of kernel-matrix';

/** A line that may be the torn last one. */
export class NotJson extends JournalError {}

/** Checks one line after another. */
export class LineReader<E extends StoredEvent> {
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

/** The same, of a first line that is not whole. */
export function refuseForeignText(text: string, file: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  refuseForeign(value, file);
}
