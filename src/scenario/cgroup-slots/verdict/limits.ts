/**
 * The source's open question for a whole run: why the maximum of num_cgroups differs between kernels. Each kernel's number in
 * its measured parts, with the kernel's own limit and the errno it refuses with.
 */
import type { Own } from '../../answer.js';
import type { Explanation } from './explain.js';
import type { SlotsFacts } from '../facts.js';
import type { SlotsAnswer } from './types.js';

/** One kernel's maximum, taken apart. */
export interface Limit {
  /** The row's name. */
  kernel: string;
  /** made, own, other live, live, dying, shown, errno, limit; `—` where not recorded. */
  cells: string[];
  /** The same, with the reason, in one or two sentences. */
  sentence: string;
}

/** Of the rows whose exhaustion is recorded, in the plan's order. */
export function explainLimits(rows: readonly Own<SlotsFacts, SlotsAnswer>[]): Limit[] {
  return rows.flatMap(({ row, answer }) => {
    const parts = answer.explanation;
    if (parts === null) return [];
    const limit = idLimit(row.boot?.release ?? row.kernel.release ?? '', parts.live);
    const text = (value: number | null) => (value === null ? '—' : String(value));
    const dying = parts.dying === null ? '—' : `${parts.dying} (${parts.dyingFrom})`;
    return [
      {
        kernel: row.kernel.name,
        cells: [
          text(parts.made),
          text(parts.own),
          text(parts.otherLive),
          text(parts.live),
          dying,
          text(parts.shown),
          parts.errno ?? 'not refused',
          `${limit.ids} ids`,
        ],
        sentence: `${shownWords(parts)}; ${limitWords(limit, parts)}${errnoWords(parts.errno)}`,
      },
    ];
  });
}

function shownWords(parts: Explanation): string {
  const sum = `${parts.made} made + ${parts.own} (test) + ${parts.otherLive} other live`;
  if (parts.shown === null) return `${sum} = ${parts.live} live, and the kernel shows no num_cgroups for memory`;
  const dying = parts.dying === null ? '' : ` + ${parts.dying} dying`;
  return parts.unexplained === null
    ? `num_cgroups ${parts.shown} = ${sum}${dying}`
    : `num_cgroups ${parts.shown} against ${sum}${dying}: ${parts.unexplained} not explained`;
}

interface IdLimit {
  ids: number;
  why: string;
}

/**
 * How many memory cgroups, the root included, a kernel has ids for.
 * - 3.x: css_id, 1..65535 (CSS_ID_MAX of kernel/cgroup.c); held until the last reference to the cgroup goes.
 * - since mainline 73f576c04b94 (4.8; 4.4.155 has it): a private id below MEM_CGROUP_ID_MAX, which is USHRT_MAX
 *   (include/linux/memcontrol.h), given back when the cgroup goes offline. The end that idr_alloc is given is exclusive: 1..65534
 *   until "mm: memcontrol: fix cannot alloc the maximum memcg ID" (5.18, and stable trees since), 1..65535 with it.
 * Which of the last two a kernel is cannot be told by its version, as the fix was carried back; what was counted tells.
 */
function idLimit(release: string, live: number): IdLimit {
  if (/^3\./.test(release)) return { ids: 65535, why: 'ids of all controllers (css_id) are 1 to 65535' };
  return live === 65534
    ? { ids: 65534, why: 'memory cgroup ids are 1 to 65534: the end given to the allocator does not count' }
    : { ids: 65535, why: 'memory cgroup ids are 1 to 65535' };
}

function limitWords({ ids, why }: IdLimit, { live }: Explanation): string {
  if (live === ids) return `${live} live are all there can be: ${why}`;
  const rest = ids - live;
  return rest > 0
    ? `${why}; ${rest} of them are held by no living directory`
    : `${why}, yet ${live} live: an id is not needed by every directory here`;
}

/** What an errno of mkdir says about where the kernel ran out. */
function errnoWords(errno: string | null): string {
  switch (errno) {
    case 'ENOSPC':
      return '; ENOSPC is what the allocator of ids itself answers';
    case 'ENOMEM':
      return '; ENOMEM is what mem_cgroup_css_alloc makes of any failure before mainline 11d6761218d1 (5.8), not a want of memory';
    case 'EBUSY':
      return '; EBUSY is what xa_alloc, the newer allocator of ids, answers when none is free';
    default:
      return '';
  }
}
