import type { CgroupVersion, Plan } from '../../../src/config/plan.js';
import { GuestShell } from '../../../src/remote/guest-shell.js';
import type { RowFacts } from '../../../src/journal/replay.js';
import { hierarchyOf } from '../../../src/scenario/cgroup-slots/hierarchy.js';
import { runSequence } from '../../../src/scenario/cgroup-slots/sequence.js';
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
  const { sequence, docker, timeouts } = plan([]);
  const journal = new TempJournal([kernelRow(kernel, undefined, guest.traits.cgroup)]);
  const { writer } = journal;
  const shell = new GuestShell(guest, writer, kernel, timeouts.command);
  const context = {
    run: 'test-run',
    kernel,
    hierarchy: hierarchyOf(options.cgroup ?? guest.traits.cgroup),
    sequence: { ...sequence, ...options.sequence },
    docker,
    timeouts,
    shell,
    journal: writer,
    menu: 'menu',
    progress: () => undefined,
  };
  try {
    writer.append({ kind: 'row.started', kernel, machine: 'm1' });
    let error: Error | null = null;
    try {
      await runSequence(context, async (phase, step) => {
        shell.phase = phase;
        return step();
      });
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
