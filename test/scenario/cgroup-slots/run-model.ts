import type { RowFacts } from '../../../src/run-events/facts.js';
import type { CgroupVersion, Plan } from '../../../src/config/plan.js';
import { GuestShell } from '../../../src/remote/guest-shell.js';
import { cgroupSlots } from '../../../src/scenario/cgroup-slots/index.js';
import { runtimeOf } from '../../../src/runtime/index.js';
import { judgeKernel } from '../../../src/verdict/kernel.js';
import type { KernelVerdict } from '../../../src/verdict/types.js';
import { kernelRow, plan } from '../../fixtures/build.js';
import { TempJournal } from '../../guest/fakes.js';
import { ModelGuest, type KernelTraits } from './model.js';

export interface ModelRun {
  guest: ModelGuest;
  row: RowFacts;
  verdict: KernelVerdict;
  /** What ended the sequence before its end; null if nothing did. */
  error: Error | null;
}

/** Runs the sequence on a model kernel, then judges what its journal says when it is read back. */
export async function runModel(
  traits: Partial<KernelTraits>,
  options: {
    sequence?: Partial<Plan['sequence']>;
    /** The hierarchy the row asks for, if it is not the kernel's. */
    cgroup?: CgroupVersion;
    before?: (guest: ModelGuest) => void;
  } = {},
): Promise<ModelRun> {
  const guest = new ModelGuest(traits);
  options.before?.(guest);
  const kernel = guest.traits.release;
  const base = plan([]);
  const thePlan = { ...base, sequence: { ...base.sequence, ...options.sequence } };
  const journal = new TempJournal([kernelRow(kernel, undefined, guest.traits.cgroup)]);
  const { writer } = journal;
  const shell = new GuestShell(guest, writer, kernel, base.timeouts.command);
  try {
    writer.append({ kind: 'row.started', kernel, machine: 'm1' });
    let error: Error | null = null;
    try {
      const context = await cgroupSlots.begin({
        run: 'test-run',
        row: kernelRow(kernel, undefined, options.cgroup ?? guest.traits.cgroup),
        plan: thePlan,
        runtime: runtimeOf(thePlan),
        shell,
        journal: writer,
        menu: 'menu',
        progress: () => undefined,
        reached: () => undefined,
      });
      for (const step of cgroupSlots.steps) {
        shell.phase = step.phase;
        await step.run(context);
      }
    } catch (reason) {
      error = reason as Error;
    }
    const [outcome, reason] = error === null ? (['measured', null] as const) : (['failed', error.message] as const);
    writer.append({ kind: 'row.finished', kernel, outcome, phase: null, reason, consoleTail: null, seconds: 1 });
    const row = journal.facts().rows[0]!;
    return { guest, row, verdict: judgeKernel(row), error };
  } finally {
    journal.remove();
  }
}
