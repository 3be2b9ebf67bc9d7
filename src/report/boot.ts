import type { JournalEvent } from '../journal/events.js';
import { savedWords } from '../verdict/checks.js';

/** The proof that the kernel asked for was running, in one sentence. */
export function bootProof(boot: JournalEvent<'boot.proven'>): string {
  const { release, releaseExpected, entry, entryExpected, bootIdBefore, bootIdAfter, saved } = boot;
  const how = saved ? `${savedWords(saved)}, boot_id then ${bootIdBefore}, now` : `boot_id ${bootIdBefore} →`;
  return `${release} (expected ${releaseExpected}), entry ${entry} (expected ${entryExpected}), ${how} ${bootIdAfter}`;
}
