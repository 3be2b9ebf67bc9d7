/** Journals of runs, with the events of every scenario. */
import { UserError } from '../host/user-error.js';
import { JournalError } from '../journal/error.js';
import type { Catalogue } from '../journal/event.js';
import * as journal from '../journal/read.js';
import { JournalWriter, type JournalDisk } from '../journal/writer.js';
import { RUN_EVENTS, type JournalEvent, type RunJournal } from '../run-events/events.js';
import type { RunFacts } from '../run-events/facts.js';
import { Replay } from '../run-events/replay.js';
import { scenarioOfEvent } from './index.js';

const CATALOGUE: Catalogue<JournalEvent> = {
  shapeOf: (kind) =>
    Object.hasOwn(RUN_EVENTS, kind) ? RUN_EVENTS[kind as keyof typeof RUN_EVENTS] : scenarioOfEvent(kind)?.events[kind],
};

/** As `readJournal` of journal/read.ts. */
export function readJournal(file: string): Promise<journal.ParsedJournal<JournalEvent>> {
  return journal.readJournal(file, CATALOGUE);
}

/** As `readEvents` of journal/read.ts. */
export function readEvents(
  file: string,
  ended?: (end: journal.JournalEnd) => void,
): AsyncGenerator<JournalEvent, void> {
  return journal.readEvents(file, CATALOGUE, ended);
}

/** As `parseJournal` of journal/read.ts. */
export function parseJournal(
  content: string | Uint8Array,
  file = 'journal.jsonl',
): journal.ParsedJournal<JournalEvent> {
  return journal.parseJournal(content, file, CATALOGUE);
}

type Listener = (event: JournalEvent) => void;

/** As `JournalWriter.create`. */
export function createJournal(file: string, listener?: Listener, disk?: JournalDisk): RunJournal {
  return JournalWriter.create({ file, catalogue: CATALOGUE, ...(listener && { listener }), ...(disk && { disk }) });
}

/** As `JournalWriter.resume`. */
export function resumeJournal(file: string, listener?: Listener, disk?: JournalDisk): RunJournal {
  return JournalWriter.resume({ file, catalogue: CATALOGUE, ...(listener && { listener }), ...(disk && { disk }) });
}

/**
 * Folds events into facts.
 * @param file name used in errors; `seq` is the line number of a journal that was read whole.
 * @throws JournalError if the journal is empty or tells what no run can have done: it does not begin with run.started, starts
 * twice, names a kernel that its plan does not have, or has events in an order they cannot have come in.
 */
export function replay(events: Iterable<JournalEvent>, file = 'journal.jsonl'): RunFacts {
  const fold = new Replay(file, scenarioOfEvent);
  for (const event of events) fold.add(event);
  return fold.facts();
}

/** As {@link replay}, of a journal on disk, piece by piece. @throws the error of node:fs too, if it cannot be read. */
export async function replayFile(file: string): Promise<{ facts: RunFacts; torn: journal.JournalEnd['torn'] }> {
  const fold = new Replay(file, scenarioOfEvent);
  let torn: journal.JournalEnd['torn'] = null;
  for await (const event of readEvents(file, (end) => (torn = end.torn))) fold.add(event);
  return { facts: fold.facts(), torn };
}

/** The facts of a journal on disk; null if it is damaged or cannot be opened. */
export async function factsOrNull(file: string): Promise<RunFacts | null> {
  try {
    return (await replayFile(file)).facts;
  } catch (error) {
    const unreadable = error instanceof JournalError || error instanceof UserError;
    if (unreadable || (error as NodeJS.ErrnoException).code !== undefined) return null;
    throw error;
  }
}
