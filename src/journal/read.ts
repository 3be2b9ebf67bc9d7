/** Reading journal.jsonl: one event a line, whole lines only. What the events mean is replay's business. */
import { readFile } from 'node:fs/promises';
import { JOURNAL_VERSION, type JournalEvent } from './events.js';

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

export interface ParsedJournal {
  events: JournalEvent[];
  /** What a killed writer left of its last line; null if the journal ends with a whole line. */
  torn: { line: number; text: string } | null;
  /** Length in bytes of the whole lines: what a writer that goes on must truncate the file to. */
  wholeBytes: number;
}

/** Every kind of event this version knows; `satisfies` makes the compiler complain when one is missing. */
const KNOWN_KINDS = {
  'run.started': true,
  'baseline.taken': true,
  'shard.merged': true,
  'run.resumed': true,
  'run.interrupted': true,
  'run.finished': true,
  'artifact.fetched': true,
  'artifact.resolved': true,
  'image.ready': true,
  'machine.started': true,
  'machine.stopped': true,
  'machine.saved': true,
  retried: true,
  'row.started': true,
  'row.finished': true,
  'phase.started': true,
  'phase.finished': true,
  'console.found': true,
  command: true,
  'boot.selected': true,
  'boot.proven': true,
  cleaned: true,
  exhausted: true,
  calibrated: true,
  'case1.finished': true,
  'churn.started': true,
  'churn.cycle': true,
  'churn.finished': true,
  'aftermath.finished': true,
  'hold.finished': true,
  'recover.finished': true,
} satisfies Record<JournalEvent['kind'], true>;

const RESTORE = 'restore the file from a copy, or start a new run';
const FOREIGN = 'name the folder of a run; its journal is the one file that a run cannot do without';
const UPGRADE = 'read it with the kernel-matrix version that wrote it, or a newer one';

/**
 * Reads a journal from disk.
 * @throws JournalError if a line other than a torn last one cannot be read, is of another version, or breaks the count
 * of `seq`; the error of node:fs if the file cannot be read.
 */
export async function readJournal(file: string): Promise<ParsedJournal> {
  return parseJournal(await readFile(file, 'utf8'), file);
}

/**
 * Parses a journal's text. Each event is written and synced before the next effect starts, so only the last line can be
 * torn: it is left out (and told in `torn`) when it has no newline or is not JSON. A last line without its newline is
 * left out even if it parses, since a writer that appends must be able to trust that lines do not run together.
 * @param file name used in errors.
 * @throws JournalError as {@link readJournal}.
 */
export function parseJournal(text: string, file = 'journal.jsonl'): ParsedJournal {
  const events: JournalEvent[] = [];
  let offset = 0;
  for (let line = 1; offset < text.length; line += 1) {
    const newline = text.indexOf('\n', offset);
    const end = newline === -1 ? text.length : newline;
    const raw = text.slice(offset, end);
    const last = newline === -1 || newline === text.length - 1;
    const tornHere = (): ParsedJournal => ({
      events,
      torn: { line, text: raw },
      wholeBytes: Buffer.byteLength(text.slice(0, offset)),
    });
    if (newline === -1) {
      if (line === 1) refuseForeign(raw, file);
      return tornHere();
    }
    let value: unknown;
    try {
      value = JSON.parse(raw);
    } catch (cause) {
      if (last) return tornHere();
      // The first line was synced before anything else was done, so a journal always begins with one.
      if (line === 1)
        throw new JournalError(file, 1, `${FOREIGN_WORDS}: its first line is no JSON`, FOREIGN, { cause });
      throw new JournalError(file, line, 'not a line of JSON, and not the last line', RESTORE, { cause });
    }
    if (line === 1) refuseForeign(raw, file);
    events.push(checkEnvelope(value, file, line));
    offset = newline + 1;
  }
  return { events, torn: null, wholeBytes: Buffer.byteLength(text) };
}

const FOREIGN_WORDS = 'this is no journal of kernel-matrix';

/** JSON of another program: its first line is whole, and has nothing of an event's envelope. */
function refuseForeign(raw: string, file: string): void {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return;
  }
  const own = typeof value === 'object' && value !== null && ['v', 'seq', 'kind'].some((key) => key in value);
  if (!own) throw new JournalError(file, 1, `${FOREIGN_WORDS}: its first line has no v, seq or kind`, FOREIGN);
}

/** Checks what every event has; the body is trusted, since the version fixes its shape. */
function checkEnvelope(value: unknown, file: string, line: number): JournalEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new JournalError(file, line, 'not a journal event (an object was expected)', RESTORE);
  }
  const event = value as Record<string, unknown>;
  if (event.v !== JOURNAL_VERSION) {
    const problem = `journal version ${JSON.stringify(event.v) ?? 'missing'}, this tool reads ${JOURNAL_VERSION}`;
    throw new JournalError(file, line, problem, UPGRADE);
  }
  if (event.seq !== line) {
    const problem = `seq ${JSON.stringify(event.seq) ?? 'missing'} where ${line} was expected: events are missing or were added`;
    throw new JournalError(file, line, problem, RESTORE);
  }
  if (typeof event.kind !== 'string' || !Object.hasOwn(KNOWN_KINDS, event.kind)) {
    throw new JournalError(file, line, `unknown event kind ${JSON.stringify(event.kind) ?? 'missing'}`, UPGRADE);
  }
  if (typeof event.at !== 'string') throw new JournalError(file, line, 'event without a time (`at`)', RESTORE);
  return value as JournalEvent;
}
