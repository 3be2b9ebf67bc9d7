/** The churn cases, in their order. */
import type { SequenceConfig } from '../../config/plan.js';
import type { CaseNumber } from './events.js';

export interface ChurnCase {
  number: CaseNumber;
  /** Its key in facts and answer, and its phase. */
  key: 'case2' | 'case3';
  /** As the matrix heads its column. */
  column: string;
  /** As the transcript heads its step. */
  title: string;
  /** The memory limit of its containers; null without one. */
  limit: (settings: SequenceConfig) => string | null;
  /** Slots that must be free at the start: one for the container; before the first case one more for Docker's parent cgroup. */
  slots: number;
}

export const CASES: readonly ChurnCase[] = [
  {
    number: 2,
    key: 'case2',
    column: 'case 2: churn',
    title: 'Case 2: churn without a limit',
    limit: () => null,
    slots: 2,
  },
  {
    number: 3,
    key: 'case3',
    column: 'case 3: churn with -m',
    title: 'Case 3: churn with a limit',
    limit: ({ limit }) => limit,
    slots: 1,
  },
];
