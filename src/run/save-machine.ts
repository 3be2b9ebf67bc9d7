import type { BootTarget } from '../guest/boot.js';
import type { SavedBoot } from '../provider/machine.js';
import type { ReadyMachine, RowContext } from './context.js';

/**
 * Saves a machine that has booted a row's kernel and whose containers can start, so that a later run need not do that again. What
 * goes wrong costs this run nothing, as long as the machine lives.
 */
export async function saveMachine(own: ReadyMachine, target: BootTarget, context: RowContext): Promise<void> {
  const { backend, journal, observer, signal } = context;
  const { saving } = backend.guest;
  if (!saving || !backend.provider.save) return;
  const { machine, shell } = own;
  const started = performance.now();
  const bootId = (await shell.must('cat /proc/sys/kernel/random/boot_id')).stdout.trim();
  await shell.must(saving.before);
  let saved: SavedBoot | null = null;
  try {
    const { kernel, release, entry } = target;
    saved = await backend.provider.save(machine, kernel, { release, entry, bootId });
  } catch (error) {
    signal.throwIfAborted();
    if (machine.failure.aborted) throw machine.failure.reason;
    const message = `not saved for later runs: ${(error as Error).message}`;
    observer.progress({ kernel: target.kernel, phase: 'prepare', message });
  }
  await shell.must(saving.after);
  if (saved === null) return;
  const seconds = (performance.now() - started) / 1000;
  journal.append({ kind: 'machine.saved', machine: machine.name, kernel: target.kernel, key: saved.key, seconds });
}
