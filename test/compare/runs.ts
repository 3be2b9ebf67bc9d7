/** Synthetic runs for comparisons: a row that loses nothing, with five cycles a case and noise that is the same each time. */
import type { RunFacts } from '../../src/run-events/facts.js';
import type { KernelRow, Plan } from '../../src/config/plan.js';
import type { RunSummary } from '../../src/run-events/run-summary.js';
import { summarise } from '../../src/compare/summarise.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import {
  addRow,
  churn,
  JournalBuilder,
  kernelRow,
  memory,
  plan,
  type ChurnSpec,
  type Steps,
} from '../fixtures/build.js';

export interface RunOptions {
  /** Of the noise. */
  seed?: number;
  cycles?: number;
  /** Factor on every time. */
  slow?: number;
  /** Steps to replace, by kernel. */
  steps?: Record<string, Steps>;
  kernels?: KernelRow[];
  run?: string;
  change?: (plan: Plan) => Plan;
}

/** A run of 5.10, 6.1 and 6.12, each expected to be clean. */
export function journalOf(options: RunOptions = {}): JournalBuilder {
  const { seed = 1, cycles = 5, slow = 1, steps = {}, change = (same: Plan) => same } = options;
  const kernels = options.kernels ?? ['5.10', '6.1', '6.12'].map((name) => kernelRow(name, 'clean'));
  const noise = noiseOf(seed);
  const thePlan = plan(kernels);
  const journal = new JournalBuilder(
    kernels,
    change({ ...thePlan, sequence: { ...thePlan.sequence, cycles } }),
    'a test',
  );
  Object.assign(journal.events[0]!, { run: options.run ?? `run-${seed}` });
  journal.add({
    kind: 'machine.started',
    machine: 'm1',
    provider: 'qemu',
    accelerator: 'tcg',
    acceleratorReason: 'no KVM',
    cpus: 1,
    memoryMib: 3072,
    address: '127.0.0.1:2222',
    console: null,
    seconds: 7,
  });
  for (const { name } of kernels) {
    const own = steps[name] ?? {};
    const seconds = (usual: number) => usual * slow * (0.9 + 0.2 * noise());
    const timed = (spec: ChurnSpec): ChurnSpec => ({
      ...spec,
      cycles: spec.cycles.map((cycle) => ({ ...cycle, run: { ...cycle.run, seconds: seconds(4) } })),
    });
    const clean = Array<number>(cycles).fill(0);
    addRow(journal, name, {
      ...own,
      boot: own.boot === null ? null : { seconds: seconds(18), ...own.boot },
      exhausted:
        own.exhausted === null
          ? null
          : { memory: memory(100_000 + Math.round(65532 * (28 + 0.6 * noise()))), ...own.exhausted },
      case2: own.case2 === null ? null : timed(own.case2 ?? churn(null, 1, clean)),
      case3: own.case3 === null ? null : timed(own.case3 ?? churn('100m', 1, clean)),
    });
  }
  journal.add({ kind: 'run.finished', seconds: 900 });
  return journal;
}

export function summaryOf(options: RunOptions = {}): RunSummary {
  return summaryOfFacts(journalOf(options).facts());
}

export function summaryOfFacts(facts: RunFacts): RunSummary {
  return summarise(facts, judgeRun(facts));
}

/** Churn with a limit that loses one slot a cycle from three free ones, until it is refused: what a pinned slot does. */
export const PINNED: Steps = {
  case3: churn('100m', 3, [1, 1, 1, null]),
};

/** 0 to 1; the same row of numbers each time (Park and Miller's generator). */
function noiseOf(seed: number): () => number {
  let state = seed * 7919;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
