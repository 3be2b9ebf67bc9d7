/** Reads the journal it is given and tells what that cost; a process of its own, so that its memory is nobody else's. */
import { readJournal, replay } from '../src/scenario/journal.js';
import type { JournalEvent } from '../src/run-events/events.js';
import { timed } from './compare.js';
import type { ReadCost } from './journal.js';

const file = process.argv[2]!;
const before = heldBytes();
let events: JournalEvent[] = [];
const readSeconds = await timed(async () => void ({ events } = await readJournal(file)), 'cpu');
let rows = 0;
const replaySeconds = await timed(() => void (rows = replay(events, file).rows.length), 'cpu');
const cost: ReadCost = {
  events: events.length,
  readSeconds,
  replaySeconds,
  bytesPerEvent: (heldBytes() - before) / events.length,
};
if (rows === 0) throw new Error('nothing was replayed');
process.stdout.write(JSON.stringify(cost));

function heldBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}
