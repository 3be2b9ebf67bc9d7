import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { redactAll } from '../host/redact.js';
import { JOURNAL_VERSION, type EventDraft, type EventKind, type JournalEvent } from './events.js';

/** Receives every event after it is on disk. */
export type JournalListener = (event: JournalEvent) => void;

/**
 * Appends events to a journal. Each `append` returns only when the line is synced to disk, so an effect that comes
 * after it can never be on the machine without its cause being in the journal. Synchronous on purpose: two workers
 * share one journal and their lines must not mix.
 */
export class JournalWriter {
  private constructor(
    private readonly descriptor: number,
    private seq: number,
    private readonly listener: JournalListener,
  ) {}

  /** Creates a new journal; throws EEXIST if the file is there, for a run's journal is never overwritten. */
  static create(file: string, listener: JournalListener = () => undefined): JournalWriter {
    mkdirSync(dirname(file), { recursive: true });
    return new JournalWriter(openSync(file, 'ax'), 0, listener);
  }

  /**
   * Opens a journal to go on with it. A torn last line, left by a kill in the middle of a write, is cut off: it was
   * never synced, so nothing followed from it.
   */
  static resume(file: string, listener: JournalListener = () => undefined): JournalWriter {
    const bytes = readFileSync(file);
    const whole = wholeLength(bytes);
    if (whole < bytes.length) truncateSync(file, whole);
    const seq = bytes.subarray(0, whole).reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 0);
    return new JournalWriter(openSync(file, 'a'), seq, listener);
  }

  /** Writes one event, synced, and returns it with its number and time. */
  append<K extends EventKind>(draft: EventDraft<K>): JournalEvent<K> {
    const { kind, ...body } = redactAll(draft);
    this.seq += 1;
    const event = {
      v: JOURNAL_VERSION,
      seq: this.seq,
      at: new Date().toISOString(),
      kind,
      ...body,
    } as unknown as JournalEvent<K>;
    writeSync(this.descriptor, `${JSON.stringify(event)}\n`);
    fsyncSync(this.descriptor);
    this.listener(event as JournalEvent);
    return event;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Length of the journal up to and including its last whole line of JSON. */
function wholeLength(bytes: Buffer): number {
  const end = bytes.lastIndexOf(10) + 1;
  const start = end < 2 ? 0 : bytes.lastIndexOf(10, end - 2) + 1;
  try {
    if (end > 0) JSON.parse(bytes.subarray(start, end).toString('utf8'));
    return end;
  } catch {
    return start;
  }
}
