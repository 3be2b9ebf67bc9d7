/** The verdict of one churn case. */
import { count } from '../../../base/text/count.js';
import { evidence } from '../../../journal/evidence.js';
import type { JournalEvent } from '../../../run-events/events.js';
import type { CaseNumber } from '../events.js';
import type { ChurnFacts } from '../facts.js';
import { lostSlots } from '../lost.js';
import type { Recovery } from './recovery.js';
import { accountedFor, isExact, runOutcome } from './slots.js';
import type { ChurnVerdict } from './types.js';

/** What walking through the cycles found. */
interface Walk {
  problems: string[];
  completed: number;
  refusedAtCycle: number | null;
  refusalErrno: ChurnVerdict['refusalErrno'];
  lostPerCycle: number[];
}

/**
 * Judges a churn case. `clean` if no cycle lost a slot; `reclaimable` if what was lost came back by itself or in step 9;
 * `leaks` if it did not; `inconclusive` if a create failed for another reason, was refused while the probe had found a
 * slot, or the probes do not say how many slots there were.
 */
export function judgeChurn(number: CaseNumber, churn: ChurnFacts | null, recovery: Recovery): ChurnVerdict {
  if (churn === null) {
    return { ...unjudged(number), verdict: 'not-recorded', reasons: [`case ${number} is not recorded`] };
  }
  const walk = walkCycles(churn);
  const samples = [churn.started.before, ...churn.cycles.map((cycle) => cycle.after)];
  // Against the most ids ever accounted for, so that a late id coming back does not hide another's loss.
  const most = samples.map(accountedFor).reduce((a, b) => Math.max(a, b));
  const last = samples.at(-1) ?? churn.started.before;
  const lost = most - accountedFor(last);
  const everLost = walk.lostPerCycle.some((slots) => slots > 0);
  const result: ChurnVerdict = {
    ...unjudged(number),
    verdict: 'clean',
    limit: churn.started.limit,
    completed: walk.completed,
    refusedAtCycle: walk.refusedAtCycle,
    refusalErrno: walk.refusalErrno,
    capacities: samples.map((sample) => sample.capacity),
    lostPerCycle: walk.lostPerCycle,
    lost,
    lostEachCycle: walk.completed === 0 ? null : lost / walk.completed,
    from: evidence([...samples.map((sample) => sample.from), ...churn.cycles.map((cycle) => cycle.run.from)]),
  };
  const problems = [...walk.problems, ...endProblems(churn, walk)];
  if (samples.some((sample) => !isExact(sample))) {
    problems.push('a capacity probe ended without a refusal, so the slots free are not known');
  }
  if (walk.refusedAtCycle !== null && !everLost) {
    problems.push(`cycle ${walk.refusedAtCycle} was refused although no slot was lost: none was free to begin with`);
  }
  if (problems.length > 0) return { ...result, verdict: 'inconclusive', reasons: problems };
  if (!everLost) return result;
  if (lost === 0) {
    return {
      ...result,
      verdict: 'reclaimable',
      notes: ['slots came back late: after the settle time, without pressure'],
    };
  }
  return judgeLoss(result, recovery);
}

/** A case verdict with nothing in it. */
export function unjudged(number: CaseNumber): ChurnVerdict {
  return {
    case: number,
    verdict: 'not-measured',
    limit: null,
    reasons: [],
    notes: [],
    completed: null,
    refusedAtCycle: null,
    refusalErrno: null,
    capacities: [],
    lostPerCycle: [],
    lost: null,
    lostEachCycle: null,
    from: [],
  };
}

function judgeLoss(result: ChurnVerdict, recovery: Recovery): ChurnVerdict {
  const from = evidence([result.from, recovery.from]);
  switch (recovery.cameBack) {
    case 'time':
      return {
        ...result,
        verdict: 'reclaimable',
        from,
        notes: ['slots were back before step 9 did anything', ...recovery.notes],
      };
    case 'drop_caches':
      return {
        ...result,
        verdict: 'reclaimable',
        from,
        notes: ['slots came back after sync and drop_caches', ...recovery.notes],
      };
    case 'removal':
      return {
        ...result,
        verdict: 'reclaimable',
        from,
        notes: ['slots came back only after every test directory was removed', ...recovery.notes],
      };
    case 'no': {
      const notes = [...recovery.notes];
      if (recovery.lostForGood === null)
        notes.push(
          'drop_caches did not bring them all back; whether removing every test directory would is not recorded',
        );
      else notes.push(`${count(recovery.lostForGood, 'slot')} still missing after every test directory was removed`);
      return { ...result, verdict: 'leaks', from, notes };
    }
    case null:
      return {
        ...result,
        verdict: 'leaks',
        notes: ['recovery is not recorded: whether pressure would bring the slots back is not known'],
      };
  }
}

function walkCycles(churn: ChurnFacts): Walk {
  const walk: Walk = { problems: [], completed: 0, refusedAtCycle: null, refusalErrno: null, lostPerCycle: [] };
  let before = churn.started.before;
  for (const cycle of churn.cycles) {
    walkCycle(walk, cycle, before.capacity);
    walk.lostPerCycle.push(lostSlots(before, cycle.after));
    before = cycle.after;
  }
  return walk;
}

function walkCycle(walk: Walk, cycle: JournalEvent<'churn.cycle'>, free: number): void {
  const outcome = runOutcome(cycle.run);
  if (outcome.outcome === 'refused') {
    walk.refusedAtCycle ??= cycle.cycle;
    walk.refusalErrno ??= outcome.errno;
    if (free > 0)
      walk.problems.push(
        `cycle ${cycle.cycle} was refused although the probe had just found ${count(free, 'slot')} free`,
      );
    return;
  }
  if (outcome.outcome !== 'created') {
    walk.problems.push(`cycle ${cycle.cycle}: ${outcome.detail}`);
    return;
  }
  walk.completed += 1;
  // A container that stayed still holds its slot, and the cycle has not ended.
  if (!cycle.removed) walk.problems.push(`cycle ${cycle.cycle}: the container was not removed`);
}

function endProblems(churn: ChurnFacts, walk: Walk): string[] {
  if (churn.finished === null) return ['the case did not finish'];
  if (churn.cycles.length === 0) return ['no cycle was made'];
  if (walk.problems.length > 0) return [];
  if (churn.finished.stopped === 'error') return ['the case ended with an error that no cycle shows'];
  if (churn.finished.stopped === 'refused' && walk.refusedAtCycle === null)
    return ['the case ended refused, but no cycle shows a refusal by the memory cgroup'];
  return [];
}
