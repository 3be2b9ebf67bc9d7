/** Why the largest number of memory cgroups differs between kernels. */
import type { RunFacts } from '../../journal/replay.js';
import { explainLimits } from '../../verdict/limits.js';
import type { KernelVerdict } from '../../verdict/types.js';
import { markup, type Markup } from './markup.js';
import { table } from './table.js';

/** Null if no kernel's exhaustion is recorded. */
export function limits(facts: RunFacts, verdicts: readonly KernelVerdict[]): Markup | null {
  const explained = explainLimits(facts, verdicts);
  if (explained.length === 0) return null;
  return markup`<p>The number that <code>/proc/cgroups</code> shows at exhaustion is no measure of what a kernel can hold: it counts what the tool made, what else is alive, and on newer kernels also what is deleted but not yet freed. Taken apart:</p>
${table({
  id: 'limits-table',
  caption: 'num_cgroups at exhaustion in its parts; a dash means not recorded.',
  head: ['kernel', 'made', 'test', 'other live', 'live', 'dying', 'num_cgroups', 'refused with', 'limit of the kernel'],
  rows: explained.map(({ kernel, cells }) => [kernel, ...cells]),
  numbersFrom: 1,
})}
<ul class="said">${explained.map(({ kernel, sentence }) => markup`<li><strong>${kernel}</strong>: ${sentence}.</li>`)}</ul>`;
}
