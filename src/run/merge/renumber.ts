import { JournalError } from '../../journal/error.js';
import { JOURNAL_VERSION } from '../../journal/event.js';
import { type JournalEvent } from '../../run-events/events.js';

/**
 * Events of one journal as they stand in another: `seq` counts on from `after`, every `from` names the same events as before,
 * and each machine's name has `prefix` before it. They are of this version, whatever the journal's was.
 * @param file name used in errors.
 * @throws JournalError if an event refers to one that is not among `events`.
 */
export function renumber(
  events: readonly JournalEvent[],
  { after, prefix, file }: { after: number; prefix: string; file: string },
): JournalEvent[] {
  const numbers = new Map(events.map((event, i) => [event.seq, after + 1 + i]));
  return events.map((event, i) => {
    const moved = (seq: number): number => {
      const found = numbers.get(seq);
      if (found !== undefined) return found;
      const problem = `${event.kind} was read from event ${seq}, which is not there`;
      throw new JournalError(file, event.seq, problem, 'restore the file from a copy');
    };
    // A command refers to none, and most events are commands.
    const own = event.kind === 'command' ? event : (withReferences(event, moved) as JournalEvent);
    return withMachine({ ...own, v: JOURNAL_VERSION, seq: after + 1 + i }, prefix);
  });
}

/** Replaces the numbers of every `from` that lists events, however deep it stands. */
function withReferences(value: unknown, moved: (seq: number) => number, key = ''): unknown {
  if (Array.isArray(value)) {
    if (key === 'from') return value.map((each: unknown) => (typeof each === 'number' ? moved(each) : each));
    return value.map((each: unknown) => withReferences(each, moved));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withReferences(each, moved, name)]));
}

function withMachine(event: JournalEvent, prefix: string): JournalEvent {
  if (!('machine' in event)) return event;
  const machine = `${prefix}-${event.machine}`;
  if (event.kind !== 'machine.started') return { ...event, machine };
  const own = `machines/${event.machine}/`;
  const { console: log } = event;
  return {
    ...event,
    machine,
    console: log?.startsWith(own) ? `machines/${machine}/${log.slice(own.length)}` : log,
  };
}
