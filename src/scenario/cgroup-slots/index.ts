/**
 * Exhaustion and churn: takes every memory-cgroup id that a kernel has, then creates and deletes containers with an id or two free,
 * and counts what is missing after each.
 */
import type { Scenario } from '../scenario.js';
import { installBulkTool } from './bulk.js';
import type { SlotsContext } from './context.js';
import { EVENTS } from './events.js';
import { emptySlots, foldSlots, type SlotsFacts } from './facts.js';
import { hierarchyOf } from './hierarchy.js';
import { STEPS } from './steps/index.js';
import { judgeSlots } from './verdict/answer.js';
import type { SlotsAnswer } from './verdict/types.js';
import { view } from './view/index.js';

export const cgroupSlots: Scenario<SlotsFacts, SlotsAnswer, SlotsContext> = {
  id: 'cgroup-slots',
  events: EVENTS,
  steps: STEPS,
  empty: emptySlots,
  fold: foldSlots,
  judge: judgeSlots,
  view,
  async begin(context) {
    await installBulkTool(context.shell);
    return {
      ...context,
      hierarchy: hierarchyOf(context.row.cgroup),
      settings: context.plan.sequence,
      marker: `kernel-matrix: ${context.run} ${context.row.name} begins`,
      memory: null,
      made: 0,
      last: null,
      lost: 0,
    };
  },
};
