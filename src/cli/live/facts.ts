/** Journal events in words: what was found, never a verdict on it. */
import { duration, figure } from '../../base/text/figures.js';
import { excerpt } from '../../base/text/excerpt.js';
import { append } from '../../base/lists.js';
import type { JournalEvent } from '../../run-events/events.js';
import { scenarioOfEvent } from '../../scenario/index.js';
import type { Progress } from '../../run/observer.js';
import { shortLine } from '../../base/text/short-line.js';

/** Console lines shown with a failure; the file has the rest. */
const TAIL_LINES = 15;

/** The row an event belongs to; null for one of the run as a whole. */
export function kernelOf(event: JournalEvent): string | null {
  return 'kernel' in event ? event.kernel : null;
}

/** One line about an event, safe for a terminal; null for those that are not worth a line. */
export function factOf(event: JournalEvent): string | null {
  const text = wordsOf(event);
  return text === null ? null : shortLine(text);
}

function wordsOf(event: JournalEvent): string | null {
  switch (event.kind) {
    case 'run.started':
      return `run ${event.run}: profile ${event.profile} (${event.profileReason}), ${event.plan.kernels.length} kernels`;
    case 'baseline.taken':
      return `compared with run ${event.summary.run} (${event.place})`;
    case 'run.resumed':
      return `run ${event.run} resumed`;
    case 'run.interrupted':
      return `interrupted by ${event.signal}`;
    case 'run.finished':
      return `run finished in ${duration(event.seconds)}`;
    case 'artifact.fetched':
      return `${event.use}: ${event.name} from ${event.from === 'url' ? event.place : event.from}, verified by ${event.verifiedBy}${
        event.refused.length > 0 ? `; not from ${event.refused.map(({ place }) => place).join(', ')}` : ''
      }`;
    case 'artifact.resolved':
      return `kernel found: ${event.release}${event.package ? ` (${event.package} ${event.version ?? ''})` : ''}${event.note === undefined ? '' : `; ${event.note}`}`;
    case 'image.ready':
      return event.built ? `image built in ${duration(event.seconds)}` : 'image found in the cache';
    case 'machine.started': {
      const how = event.accelerator ? ` with ${event.accelerator}` : '';
      return `machine ${event.machine} answered after ${duration(event.seconds)}${how}, ${event.memoryMib} MiB`;
    }
    case 'machine.saved':
      return `saved for later runs in ${duration(event.seconds)}`;
    case 'retried':
      return `${event.what}: tried again (${event.attempt}): ${event.reason.split('\n')[0]}`;
    case 'machine.stopped':
      return `machine ${event.machine} removed: ${event.reason}`;
    case 'row.started':
      return `on machine ${event.machine}`;
    case 'row.finished':
      if (event.outcome === 'measured') return `measured in ${duration(event.seconds)}`;
      return `FAILED${event.phase ? ` in ${event.phase}` : ''} after ${duration(event.seconds)}`;
    case 'phase.finished':
      return `${event.phase}: finished in ${duration(event.seconds)}`;
    case 'console.found':
      return event.severity === 'notice' ? null : `the kernel said: ${event.line}`;
    case 'boot.proven':
      return event.saved
        ? `not booted but from a snapshot of run ${event.saved.run}: ${event.release}`
        : `boot proven: ${event.release} in ${duration(event.seconds)}`;
    // The end of each of these is told, or they are for the transcript only.
    case 'phase.started':
    case 'command':
    case 'shard.merged':
    case 'boot.selected':
      return null;
    default:
      return scenarioOfEvent((event as JournalEvent).kind)?.view.describe(event) ?? null;
  }
}

/** Why a row failed, and its console's last lines. */
export function failureLines(event: JournalEvent<'row.finished'>): string[] {
  const lines = excerpt(event.reason ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const tail = (event.consoleTail ?? []).slice(-TAIL_LINES);
  if (tail.length > 0) append(lines, ["the console's last lines:", ...tail.map((line) => `| ${line}`)]);
  return lines.map(shortLine);
}

/** True for progress of bulk work, whose message does not hold the count itself. */
function isBulk(progress: Progress): boolean {
  return progress.done !== undefined && !progress.message.includes(String(progress.done));
}

/** Progress in words; `msEach` is left out where it is not known. */
export function progressWords(progress: Progress, msEach: number | null): string {
  const { message, done, total } = progress;
  if (!isBulk(progress)) return shortLine(message);
  const count = total === undefined ? `${done}` : `${done} of ${total}`;
  const pace = msEach === null ? '' : `, ${figure(msEach)} ms each`;
  return shortLine(`${count} ${message}${pace}`);
}

/** `01:05`; minutes go beyond 59 rather than into hours. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
