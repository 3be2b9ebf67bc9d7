/** The boot proof as a check. */
import type { Check } from '../scenario/answer.js';
import type { RowFacts } from '../run-events/facts.js';
import { check, notRecorded } from '../scenario/check.js';

const BOOT = { name: 'boot', title: 'The kernel that was asked for was running' };

/**
 * The kernel tested is the kernel asked for: a new boot_id, the expected release, the expected menu entry.
 * @param bootIds as scenarios read them later.
 */
export function bootCheck({ boot }: RowFacts, bootIds: readonly string[]): Check {
  if (boot === null) return notRecorded(BOOT);
  const problems: string[] = [];
  const saved = boot.saved ?? null;
  const same = boot.bootIdBefore === boot.bootIdAfter;
  if (saved === null && same) problems.push('boot_id did not change: the machine was not rebooted');
  if (saved !== null && !same) problems.push('boot_id is not that of the machine that was saved');
  if (boot.release !== boot.releaseExpected)
    problems.push(`uname -r answered ${boot.release}, not ${boot.releaseExpected}`);
  if (boot.entry !== boot.entryExpected) problems.push(`booted through ${boot.entry}, not ${boot.entryExpected}`);
  if (bootIds.some((bootId) => bootId !== boot.bootIdAfter)) {
    problems.push('boot_id changed again after the proof: the machine restarted');
  }
  const how = saved === null ? 'new boot_id' : `${savedWords(saved)} with its boot_id`;
  return check(BOOT, problems, `${boot.release}, ${how}, entry ${boot.entry}`, boot.from);
}

/** How a kernel came to run that this run has not booted. */
export function savedWords(saved: { key: string; run: string; at: string }): string {
  return `from snapshot ${saved.key} that run ${saved.run} saved at ${saved.at}`;
}
