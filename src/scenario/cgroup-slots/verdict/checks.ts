/** Checks: what must have been seen for a verdict to mean anything. A step that is not recorded is said so, and fails nothing. */
import type { Check } from '../../answer.js';
import { count } from '../../../base/text/count.js';
import { evidence } from '../../../journal/evidence.js';
import type { JournalEvent } from '../../../run-events/events.js';
import { check, notRecorded } from '../../check.js';
import type { CapacitySample } from '../events.js';
import type { SlotsFacts } from '../facts.js';
import { lostSlots } from '../lost.js';
import { isExact, runOutcome } from './slots.js';
import type { Aftermath } from './types.js';

const NAMES = {
  exhaustion: { name: 'exhaustion', title: 'The kernel itself refused' },
  calibration: { name: 'calibration', title: 'The probe saw what was arranged' },
  case1: { name: 'case 1', title: 'Without a free slot a container was refused' },
  hold: { name: 'hold control', title: 'A kept container took a slot and its removal gave it back' },
} as const;

/** The checks in a sentence, by their names. */
export const CHECK_WORDS: Readonly<Record<string, string>> = {
  [NAMES.exhaustion.name]: 'exhaustion',
  [NAMES.calibration.name]: 'the calibration of the probe',
  [NAMES.case1.name]: 'case 1',
  [NAMES.hold.name]: 'the hold control',
};

/** The kernel itself must have refused; a test that stopped at its own limit has exhausted nothing. */
export function exhaustionCheck({ exhausted }: SlotsFacts): Check {
  if (exhausted === null) return notRecorded(NAMES.exhaustion);
  const problems =
    exhausted.errno === null ? [`${exhausted.made} directories were made and the kernel never refused`] : [];
  return check(
    NAMES.exhaustion,
    problems,
    `refused after ${exhausted.made} (${exhausted.errno?.name ?? ''})`,
    exhausted.from,
  );
}

/** The probe must see exactly what was arranged: no slot, then the one given back, then none again. */
export function calibrationCheck({ calibrated }: SlotsFacts): Check {
  if (calibrated === null) return notRecorded(NAMES.calibration);
  const { samples } = calibrated;
  const problems = samples
    .filter(({ expected, sample }) => sample.capacity !== expected || !isExact(sample))
    .map(({ expected, sample }) => `the probe saw ${seen(sample)} where there must be ${expected}`);
  if (!samples.some(({ expected }) => expected === 0) || !samples.some(({ expected }) => expected > 0)) {
    problems.push('the probe was not tried both with no slot and with one');
  }
  const good = `the probe saw ${samples.map(({ expected }) => expected).join(', ')} as arranged`;
  return check(NAMES.calibration, problems, good, evidence(samples.map(({ sample }) => sample.from)));
}

function seen(sample: CapacitySample): string {
  return isExact(sample) ? String(sample.capacity) : `at least ${sample.capacity}`;
}

/** With no slot free a container must be refused by the memory cgroup: the proof that exhaustion bites. */
export function case1Check({ case1 }: SlotsFacts): Check {
  if (case1 === null) return notRecorded(NAMES.case1);
  const outcome = runOutcome(case1.run);
  if (outcome.outcome === 'refused') return check(NAMES.case1, [], outcome.detail, case1.run.from);
  const problem =
    outcome.outcome === 'error' ? outcome.detail : 'a container was created although every slot was taken';
  return check(NAMES.case1, [problem], '', case1.run.from);
}

/**
 * With one container kept and every other slot taken the next create must be refused, and after its removal succeed.
 * @param lossExplains whether churn with the same limit lost slots: then removal gives none back, and that is the
 * kernel's doing, not the instrument's.
 */
export function holdCheck({ hold }: SlotsFacts, lossExplains: boolean): Check {
  if (hold === null) return notRecorded(NAMES.hold);
  const problems: string[] = [];
  const holder = runOutcome(hold.holder);
  const refused = runOutcome(hold.refused);
  if (holder.outcome !== 'created') problems.push(`the container to keep: ${holder.detail}`);
  if (hold.whenFull.capacity > 0)
    problems.push(`the probe found ${count(hold.whenFull.capacity, 'slot')} free where all must be taken`);
  if (refused.outcome !== 'refused') {
    problems.push(`the create that must be refused: ${refused.outcome === 'error' ? refused.detail : 'was created'}`);
  }
  const after = afterRemoval(hold, lossExplains);
  if (after.problem !== null) problems.push(after.problem);
  const from = evidence([hold.holder.from, hold.whenFull.from, hold.refused.from, hold.afterRemoval?.from ?? []]);
  return check(
    NAMES.hold,
    problems,
    `refused as it must be (${refused.errno ?? 'errno not told'}), ${after.good}`,
    from,
    after.missing,
  );
}

function afterRemoval(
  hold: JournalEvent<'hold.finished'>,
  lossExplains: boolean,
): { good: string; problem: string | null; missing: string | null } {
  if (hold.afterRemoval === null) {
    const missing = 'the creation after removal';
    return { good: 'creation after removal not recorded', problem: null, missing };
  }
  const outcome = runOutcome(hold.afterRemoval);
  if (outcome.outcome === 'created') return { good: 'succeeded after removal', problem: null, missing: null };
  if (outcome.outcome === 'refused' && lossExplains) {
    return { good: 'refused after removal too: the slot was lost, as in the churn', problem: null, missing: null };
  }
  return { good: '', problem: `the create after removal: ${outcome.detail}`, missing: null };
}

/** One unlimited container after the churn (on 3.10 it is refused now too). Null if not recorded. */
export function judgeAftermath({ aftermath }: SlotsFacts): Aftermath | null {
  if (aftermath === null) return null;
  const { before, run, after } = aftermath;
  return { ...runOutcome(run), lost: lostSlots(before, after), from: evidence([before.from, run.from, after.from]) };
}
