import type { CapacitySample, Phase } from '../../journal/events.js';
import { installBulkTool } from './bulk.js';
import type { SequenceContext } from './context.js';
import { lostSlots } from './lost.js';
import { aftermath } from './steps/aftermath.js';
import { calibrate } from './steps/calibrate.js';
import { churn } from './steps/churn.js';
import { clean } from './steps/clean.js';
import { exhaust } from './steps/exhaust.js';
import { hold } from './steps/hold.js';
import { noSlot } from './steps/no-slot.js';
import { recover } from './steps/recover.js';

/** Runs a step as a phase: with its events before and after. */
export type InPhase = <T>(phase: Phase, step: () => Promise<T>) => Promise<T>;

/** Two slots for case 2: one for Docker's own parent cgroup, one for the container. Case 3 needs the container's. */
const SLOTS = { case2: 2, case3: 1 };

/**
 * The exhaustion-and-churn sequence on the kernel that runs now, over one session. What it finds is in the journal;
 * what it means is decided by whoever replays that.
 */
export async function runSequence(context: SequenceContext, inPhase: InPhase): Promise<void> {
  await installBulkTool(context.shell);
  const cleaned = await inPhase('clean', () => clean(context));
  const exhausted = await inPhase('exhaust', () => exhaust(context, cleaned.memory));
  await inPhase('calibrate', () => calibrate(context));
  await inPhase('case1', () => noSlot(context));
  const lost: number[] = [];
  const counted = async (step: () => Promise<{ before: CapacitySample; after: CapacitySample }>) => {
    const { before, after } = await step();
    lost.push(lostSlots(before, after));
    return after;
  };
  const second = await inPhase('case2', () =>
    counted(() => churn(context, { case: 2, limit: null, slots: SLOTS.case2, last: undefined })),
  );
  const third = await inPhase('case3', () =>
    counted(() => churn(context, { case: 3, limit: context.sequence.limit, slots: SLOTS.case3, last: second })),
  );
  const after = await inPhase('aftermath', () =>
    counted(async () => ({ before: third, after: await aftermath(context, third) })),
  );
  const held = await inPhase('hold', () => hold(context, after, exhausted.made));
  await inPhase('recover', () =>
    recover(
      context,
      held,
      lost.reduce((sum, each) => sum + each, 0),
      cleaned.marker,
    ),
  );
}
