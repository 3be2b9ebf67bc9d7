/** Checks: what must have been seen for a verdict to mean anything. A step that is not recorded is said so, and fails nothing. */
import type { CapacitySample, JournalEvent } from '../journal/events.js';
import type { RowFacts } from '../journal/replay.js';
import { lostSlots } from '../scenario/cgroup-slots/lost.js';
import { count, evidence, isExact, runOutcome } from './slots.js';
import type { Aftermath, Check } from './types.js';

function notRecorded(name: Check['name']): Check {
  return { name, status: 'not-recorded', detail: 'not recorded', missing: null, from: [] };
}

function check(
  name: Check['name'],
  problems: string[],
  good: string,
  from: number[],
  missing: string | null = null,
): Check {
  const ok = problems.length === 0;
  return { name, status: ok ? 'behaves' : 'misbehaves', detail: ok ? good : problems.join('; '), missing, from };
}

/** The kernel tested is the kernel asked for: a new boot_id, the expected release, the expected menu entry. */
export function bootCheck(row: RowFacts): Check {
  const boot = row.boot;
  if (boot === null) return notRecorded('boot');
  const problems: string[] = [];
  const saved = boot.saved ?? null;
  const same = boot.bootIdBefore === boot.bootIdAfter;
  if (saved === null && same) problems.push('boot_id did not change: the machine was not rebooted');
  if (saved !== null && !same) problems.push('boot_id is not that of the machine that was saved');
  if (boot.release !== boot.releaseExpected)
    problems.push(`uname -r answered ${boot.release}, not ${boot.releaseExpected}`);
  if (boot.entry !== boot.entryExpected) problems.push(`booted through ${boot.entry}, not ${boot.entryExpected}`);
  if (row.cleaned !== null && row.cleaned.bootId !== boot.bootIdAfter) {
    problems.push('boot_id changed again after the proof: the machine restarted');
  }
  const how = saved === null ? 'new boot_id' : `${savedWords(saved)} with its boot_id`;
  return check('boot', problems, `${boot.release}, ${how}, entry ${boot.entry}`, boot.from);
}

/** How a kernel came to run that this run has not booted. */
export function savedWords(saved: { key: string; run: string; at: string }): string {
  return `from snapshot ${saved.key} that run ${saved.run} saved at ${saved.at}`;
}

/** The kernel itself must have refused; a test that stopped at its own limit has exhausted nothing. */
export function exhaustionCheck(row: RowFacts): Check {
  const exhausted = row.exhausted;
  if (exhausted === null) return notRecorded('exhaustion');
  const problems =
    exhausted.errno === null ? [`${exhausted.made} directories were made and the kernel never refused`] : [];
  return check(
    'exhaustion',
    problems,
    `refused after ${exhausted.made} (${exhausted.errno?.name ?? ''})`,
    exhausted.from,
  );
}

/** The probe must see exactly what was arranged: no slot, then the one given back, then none again. */
export function calibrationCheck(row: RowFacts): Check {
  if (row.calibrated === null) return notRecorded('calibration');
  const { samples } = row.calibrated;
  const problems = samples
    .filter(({ expected, sample }) => sample.capacity !== expected || !isExact(sample))
    .map(({ expected, sample }) => `the probe saw ${seen(sample)} where there must be ${expected}`);
  if (!samples.some(({ expected }) => expected === 0) || !samples.some(({ expected }) => expected > 0)) {
    problems.push('the probe was not tried both with no slot and with one');
  }
  const good = `the probe saw ${samples.map(({ expected }) => expected).join(', ')} as arranged`;
  return check('calibration', problems, good, evidence(samples.map(({ sample }) => sample.from)));
}

function seen(sample: CapacitySample): string {
  return isExact(sample) ? String(sample.capacity) : `at least ${sample.capacity}`;
}

/** With no slot free a container must be refused by the memory cgroup: the proof that exhaustion bites. */
export function case1Check(row: RowFacts): Check {
  if (row.case1 === null) return notRecorded('case1');
  const outcome = runOutcome(row.case1.run);
  if (outcome.outcome === 'refused') return check('case1', [], outcome.detail, row.case1.run.from);
  const problem =
    outcome.outcome === 'error' ? outcome.detail : 'a container was created although every slot was taken';
  return check('case1', [problem], '', row.case1.run.from);
}

/**
 * With one container kept and every other slot taken the next create must be refused, and after its removal succeed.
 * @param lossExplains whether churn with the same limit lost slots: then removal gives none back, and that is the
 * kernel's doing, not the instrument's.
 */
export function holdCheck(row: RowFacts, lossExplains: boolean): Check {
  const hold = row.hold;
  if (hold === null) return notRecorded('hold');
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
    'hold',
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
export function judgeAftermath(row: RowFacts): Aftermath | null {
  if (row.aftermath === null) return null;
  const { before, run, after } = row.aftermath;
  return { ...runOutcome(run), lost: lostSlots(before, after), from: evidence([before.from, run.from, after.from]) };
}
