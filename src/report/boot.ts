import type { RunFacts } from '../run-events/facts.js';
import { savedWords } from '../verdict/boot.js';
import type { JournalEvent } from '../run-events/events.js';

/** The proof that the kernel asked for was running, in one sentence. */
export function bootProof(boot: JournalEvent<'boot.proven'>): string {
  const { release, releaseExpected, entry, entryExpected, bootIdBefore, bootIdAfter, saved } = boot;
  const how = saved ? `${savedWords(saved)}, boot_id then ${bootIdBefore}, now` : `boot_id ${bootIdBefore} →`;
  return `${release} (expected ${releaseExpected}), entry ${entry} (expected ${entryExpected}), ${how} ${bootIdAfter}`;
}

/** Which kernels this run did not boot itself but started from snapshots, in one sentence; null if it booted all. */
export function savedNote({ rows }: Pick<RunFacts, 'rows'>): string | null {
  const saved = rows.flatMap(({ kernel, boot }) => (boot?.saved ? [`${kernel.name} (run ${boot.saved.run})`] : []));
  if (saved.length === 0) return null;
  return `Started from a snapshot of a machine that an earlier run had booted: ${saved.join(', ')}; matrix --fresh boots for real.`;
}
