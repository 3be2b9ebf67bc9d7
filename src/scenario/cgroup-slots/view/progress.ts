/** The scenario's events as lines of progress and of the transcript. */
import { plain } from '../../../base/text/plain.js';
import type { JournalEvent } from '../../../run-events/events.js';
import type { ContainerRun } from '../../../runtime/runtime.js';
import type { Entry } from '../../view.js';
import { CASES } from '../cases.js';
import type { CapacitySample } from '../events.js';
import type { ChurnFacts, SlotsFacts } from '../facts.js';
import { lostSlots } from '../lost.js';
import { runOutcome } from '../verdict/slots.js';
import { slots } from './words.js';

/** One line about an event: what was found, never a verdict on it. Null for those that are for the transcript only. */
export function describe(event: JournalEvent): string | null {
  switch (event.kind) {
    case 'cleaned':
      return `Docker ${event.docker.server}, runc ${event.docker.runc}, cgroup v${event.docker.cgroupVersion}`;
    case 'exhausted':
      return event.errno
        ? `exhausted: ${event.made} directories, then ${event.errno.name} (${event.errno.text})`
        : `not exhausted: ${event.made} directories and no refusal`;
    case 'calibrated':
      return `calibrated: ${event.samples.map(({ expected, sample }) => `${sample.capacity} of ${expected}`).join(', ')} slots seen`;
    case 'case1.finished':
      return `case 1, no slot: container ${started(event.run)}`;
    case 'churn.cycle':
      return `case ${event.case}, cycle ${event.cycle}: container ${started(event.run)}, ${free(event.after)}`;
    case 'churn.finished':
      return `case ${event.case}: ${event.stopped}`;
    case 'aftermath.finished':
      return `aftermath: container ${started(event.run)}`;
    case 'hold.finished':
      return `hold: container ${started(event.refused)} beside one that is kept${
        event.afterRemoval ? `, ${started(event.afterRemoval)} without it` : ''
      }`;
    case 'recover.finished':
      return `recover: ${free(event.before)} before, ${free(event.afterDropCaches)} after drop_caches`;
    default:
      return null;
  }
}

function started(run: ContainerRun): string {
  return run.code === 0 ? 'started' : 'not started';
}

function free(sample: CapacitySample): string {
  return `${sample.capacity} ${sample.capacity === 1 ? 'slot' : 'slots'} free`;
}

/** What was read from the answers, a line or more an event; several entries may have the same `seq`. */
export function entries(facts: SlotsFacts): Entry[] {
  const found: Entry[] = [];
  const note = (event: { seq: number } | null, text: () => string): void => {
    if (event !== null) found.push({ seq: event.seq, lines: [`-- ${plain(text())}`] });
  };
  const { exhausted, calibrated, case1, aftermath, hold, recover } = facts;
  note(exhausted, () => {
    const end = exhausted!.errno;
    return `made ${exhausted!.made} directories, then ${end === null ? 'stopped unrefused' : `${end.name}: ${end.text}`}`;
  });
  for (const { expected, sample } of calibrated?.samples ?? [])
    note(calibrated, () => `probe: ${sample.capacity} where ${expected} was arranged`);
  note(case1, () => runOutcome(case1!.run).detail);
  for (const { key } of CASES) churnEntries(facts[key], note);
  note(aftermath, () => `${runOutcome(aftermath!.run).detail}; ${slots(aftermath!.after)}`);
  note(hold, () => {
    const after = hold!.afterRemoval === null ? 'not recorded' : runOutcome(hold!.afterRemoval).detail;
    return `kept one container; the next: ${runOutcome(hold!.refused).detail}; after removal: ${after}`;
  });
  note(recover, () => {
    const refill = recover!.refilled === null ? 'not refilled' : `refilled with ${recover!.refilled}`;
    return `after drop_caches ${slots(recover!.afterDropCaches)}; ${recover!.removed} removed; ${refill}`;
  });
  return found;
}

function churnEntries(
  churn: ChurnFacts | null,
  note: (event: { seq: number } | null, text: () => string) => void,
): void {
  if (churn === null) return;
  note(churn.started, () => `${churn.started.freed} freed; before the first cycle: ${slots(churn.started.before)}`);
  let before = churn.started.before;
  for (const cycle of churn.cycles) {
    const lost = lostSlots(before, cycle.after);
    note(cycle, () => `cycle ${cycle.cycle}: ${runOutcome(cycle.run).detail}; ${slots(cycle.after)}; lost ${lost}`);
    before = cycle.after;
  }
  note(churn.finished, () => `case ${churn.started.case} ended: ${churn.finished!.stopped}`);
}
