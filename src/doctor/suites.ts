import type { Plan } from '../config/plan.js';
import { AptSuite, findMirrors } from '../host/apt.js';
import { UserError } from '../host/user-error.js';
import { bad, good, type Finding } from './finding.js';

/** Whether the Debian suites of a plan answer. A dead one costs its rows, not the run. */
export async function suites({ guest, kernels }: Plan): Promise<Finding[]> {
  if (guest.os !== 'debian') return [];
  const wanted = new Set([
    guest.suite,
    guest.boot_kernel.suite,
    ...kernels.flatMap((row) => (row.source === 'deb' ? [row.suite] : [])),
  ]);
  try {
    const mirrors = await findMirrors(guest);
    return await Promise.all([...wanted].map((suite) => suiteFinding(suite, mirrors)));
  } catch (error) {
    return [bad('Debian mirror', (error as Error).message)];
  }
}

async function suiteFinding(suite: string, mirrors: Awaited<ReturnType<typeof findMirrors>>): Promise<Finding> {
  try {
    const opened = await AptSuite.open(suite, mirrors);
    return good(suite, opened.stale ? 'does not answer; the index fetched before would serve' : 'answers');
  } catch (error) {
    const detail = error instanceof UserError ? error.parts.what : String(error);
    return bad(suite, detail, 'set archive_mirror: in kernels.yaml');
  }
}
