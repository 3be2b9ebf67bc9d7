/** Whether slots that churn lost came back under pressure. One answer for the row: the probes cannot tell whose slot is back. */
import { evidence } from '../../../journal/evidence.js';
import type { SlotsFacts } from '../facts.js';
import { accountedFor, isExact } from './slots.js';

export interface Recovery {
  recorded: boolean;
  /** What brought every slot back, `time` if they were back before anything was done; `no` if something stays lost or nothing shows that it came back; null if not recorded. */
  cameBack: 'time' | 'drop_caches' | 'removal' | 'no' | null;
  /** Slots missing after sync and drop_caches, against the first churn probe; null if not known. */
  missingAfterDropCaches: number | null;
  /** Slots missing once every test directory was removed and the hierarchy filled again; null if that was not tried. */
  lostForGood: number | null;
  notes: string[];
  from: number[];
}

/**
 * Reads step 9. First against capacity after drop_caches; if that does not bring all back, against the refill:
 * `lostForGood = (made + other live directories at exhaustion) − (refilled + other live directories then)`.
 */
export function judgeRecovery(facts: SlotsFacts): Recovery {
  const { recover } = facts;
  const none: Recovery = {
    recorded: recover !== null,
    cameBack: null,
    missingAfterDropCaches: null,
    lostForGood: null,
    notes: [],
    from: [],
  };
  if (recover === null) return none;
  const before = (facts.case2 ?? facts.case3)?.started.before ?? null;
  const result: Recovery = {
    ...none,
    from: evidence([recover.from, recover.before.from, recover.afterDropCaches.from]),
  };
  if (before !== null) {
    const missing = accountedFor(before) - accountedFor(recover.afterDropCaches);
    if (isExact(recover.afterDropCaches) || missing <= 0) result.missingAfterDropCaches = Math.max(0, missing);
  }
  const full = capacityAtExhaustion(facts) ?? (before === null ? null : accountedFor(before));
  if (recover.refilled !== null && recover.liveOther !== null && full !== null) {
    const lost = full - (recover.refilled + recover.liveOther);
    result.lostForGood = Math.max(0, lost);
    if (lost < 0) {
      // On 3.10 a dying cgroup keeps its id, so the first filling may not have seen every id there is.
      result.notes.push(
        `the refilled hierarchy held ${-lost} more than at exhaustion: ids that were still dying then have come back too`,
      );
    }
  }
  if (before !== null && accountedFor(before) <= accountedFor(recover.before)) result.cameBack = 'time';
  else if (result.missingAfterDropCaches === 0) result.cameBack = 'drop_caches';
  else if (result.lostForGood === 0) result.cameBack = 'removal';
  else result.cameBack = 'no';
  return result;
}

/** Memory ids in use when the kernel refused: those made and every other living directory. Null if not recorded. */
function capacityAtExhaustion({ exhausted }: SlotsFacts): number | null {
  if (exhausted === null || exhausted.errno === null) return null;
  return exhausted.made + (exhausted.reading.liveDirectories - exhausted.directories);
}
