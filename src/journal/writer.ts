import { closeSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { redactAll } from '../host/redact.js';
import { UserError } from '../host/user-error.js';
import { type Catalogue, JOURNAL_VERSION, type StoredEvent } from './event.js';
import { misfitOf } from './fields.js';
import { lineOf } from './lines.js';
import { endOfJournal } from './end.js';

/** Receives every event after it is on disk. */
export type JournalListener<E> = (event: E) => void;

/** An event of a kind before the writer has numbered and dated it. */
type Draft<E extends StoredEvent, K extends E['kind']> = { kind: K } & Omit<
  Extract<E, { kind: K }>,
  'v' | 'seq' | 'at' | 'kind'
>;

/** Where a journal is written, and what it may hold. */
export interface JournalTarget<E extends StoredEvent> {
  file: string;
  catalogue: Catalogue<E>;
  listener?: JournalListener<E>;
  /** The file system's own if left out. */
  disk?: JournalDisk;
}

/** What is done to the file; tests put a disk that fails in its place. */
export interface JournalDisk {
  write(descriptor: number, bytes: Uint8Array): number;
  sync(descriptor: number): void;
  /** Length of the file. */
  length(descriptor: number): number;
  truncate(descriptor: number, length: number): void;
}

const DISK: JournalDisk = {
  write: (descriptor, bytes) => writeSync(descriptor, bytes),
  sync: fsyncSync,
  length: (descriptor) => fstatSync(descriptor).size,
  truncate: ftruncateSync,
};

/**
 * The journal could not be written. What was written before it is whole, and nothing is written after it: a run whose journal
 * has a gap could not be told from one that was not interrupted.
 */
export class JournalWriteError extends UserError {}

/** What a journal has come to. */
interface State {
  /** Events so far. */
  seq: number;
  /** Of the last line. */
  sum: string;
  /** Bytes so far. */
  length: number;
}

/**
 * Appends events to a journal. Each `append` returns only when the line is synced to disk, so an effect that comes
 * after it can never be on the machine without its cause being in the journal. Synchronous on purpose: two workers
 * share one journal and their lines must not mix.
 */
export class JournalWriter<E extends StoredEvent> {
  private failure: JournalWriteError | null = null;

  private constructor(
    private readonly file: string,
    private readonly descriptor: number,
    private readonly state: State,
    private readonly catalogue: Catalogue<E>,
    private readonly listener: JournalListener<E>,
    private readonly disk: JournalDisk,
  ) {}

  /** Creates a new journal. @throws EEXIST if the file is there, for a run's journal is never overwritten. */
  static create<E extends StoredEvent>(target: JournalTarget<E>): JournalWriter<E> {
    const { file, catalogue, listener = () => undefined, disk = DISK } = target;
    mkdirSync(dirname(file), { recursive: true });
    const state: State = { seq: 0, sum: '', length: 0 };
    return new JournalWriter(file, openSync(file, 'ax'), state, catalogue, listener, disk);
  }

  /**
   * Opens a journal to go on with it. A torn last line, left by a kill in the middle of a write, is cut off: it was never synced,
   * so nothing followed from it.
   * @throws JournalError if it is damaged.
   */
  static resume<E extends StoredEvent>(target: JournalTarget<E>): JournalWriter<E> {
    const { file, catalogue, listener = () => undefined, disk = DISK } = target;
    const { events, sum, wholeBytes, torn } = endOfJournal(file, catalogue);
    const descriptor = openSync(file, 'a');
    const state: State = { seq: events, sum, length: wholeBytes };
    if (torn !== null) disk.truncate(descriptor, wholeBytes);
    return new JournalWriter(file, descriptor, state, catalogue, listener, disk);
  }

  /**
   * Writes one event, synced, and returns it with its number and time.
   * @throws JournalWriteError if the disk does not take it, now and ever after: what stands in the file is whole then, up to the
   * event before it.
   */
  append<K extends E['kind']>(draft: Draft<E, K>): Extract<E, { kind: K }> {
    if (this.failure !== null) throw this.failure;
    const { kind, ...body } = redactAll(draft as { kind: string });
    // An event that no reader would take must not cost the journal: it is a bug of whoever made it.
    const checked = this.catalogue.shapeOf(kind)?.safeParse(body);
    if (checked === undefined) throw new Error(`no event of kind ${kind}`);
    if (!checked.success) {
      const { path, expected, got } = misfitOf(checked.error, body);
      throw new Error(`event ${kind}: ${path}: expected ${expected}, got ${got}`);
    }
    const { seq, sum: previous } = this.state;
    // In the order of the shape, as a reader makes it: what is made of the one and of the other is the same.
    const contents = checked.data as object;
    const event: StoredEvent = { v: JOURNAL_VERSION, seq: seq + 1, at: new Date().toISOString(), kind, ...contents };
    const { line, sum } = lineOf(event, previous);
    const bytes = Buffer.from(line);
    this.put(bytes);
    this.state.seq += 1;
    this.state.sum = sum;
    this.state.length += bytes.length;
    this.listener(event as E);
    return event as Extract<E, { kind: K }>;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private put(bytes: Uint8Array): void {
    try {
      const length = this.disk.length(this.descriptor);
      if (length !== this.state.length) throw this.fail(`${this.file} has changed: another process writes it too`);
      // A disk that fills up takes what fits and refuses the rest.
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(this.disk.write(this.descriptor, rest));
      this.disk.sync(this.descriptor);
    } catch (error) {
      if (this.failure !== null) throw this.failure;
      this.cutBack();
      throw this.fail((error as Error).message, error);
    }
  }

  /** Takes away what was written of a line; where that fails too, a reader finds it torn. */
  private cutBack(): void {
    try {
      this.disk.truncate(this.descriptor, this.state.length);
      this.disk.sync(this.descriptor);
    } catch {
      // The disk has gone altogether; the first error tells.
    }
  }

  private fail(why: string, cause?: unknown): JournalWriteError {
    const { code } = (cause ?? {}) as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    const mend = full ? 'free some space' : cause === undefined ? 'let one process write it' : 'mend the disk';
    const { seq } = this.state;
    this.failure = new JournalWriteError({
      what: `the journal could not be written${full ? ': the disk is full' : ''}`,
      where: this.file,
      why: `${why}\nwhat was measured up to event ${seq} is kept`,
      next: `${mend}, then go on with this run: npm run matrix -- --resume`,
      kind: 'unavailable',
      cause,
    });
    return this.failure;
  }
}
