/** Reads the journal it is given and tells what that cost; a process of its own, so that its memory is nobody else's. */
import { readFileSync } from 'node:fs';
import { parseJournal } from '../src/journal/read.js';
import { replay } from '../src/journal/replay.js';
import { timed } from './compare.js';
import type { ReadCost } from './journal.js';

const file = process.argv[2]!;
const before = heldBytes();
let text = readFileSync(file, 'utf8');
let events: ReturnType<typeof parseJournal>['events'] = [];
const parseSeconds = await timed(() => void (events = parseJournal(text, file).events), 'cpu');
let rows = 0;
const replaySeconds = await timed(() => void (rows = replay(events, file).rows.length), 'cpu');
text = '';
const cost: ReadCost = {
  events: events.length,
  parseSeconds,
  replaySeconds,
  bytesPerEvent: (heldBytes() - before) / events.length,
};
if (rows === 0) throw new Error('nothing was replayed');
process.stdout.write(JSON.stringify(cost));

function heldBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
