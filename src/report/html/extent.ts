/** How much of a run its page shows, so that a browser opens it at once however many kernels there are. */
import type { ReportRow } from '../input.js';
import { markup, type Markup } from './markup.js';

/** Of so many kernels the page shows everything; of more what decides, without charts of what did not happen. */
const MOST_IN_FULL = 40;
/** Kernels on one page. */
const MOST_KERNELS = 300;
/** Characters of a kernel's section where not everything is shown. */
export const LARGEST_BRIEF = 8000;

export interface Extent {
  /** In the plan's order. */
  rows: readonly ReportRow[];
  brief: boolean;
  /** What is left out and where it is, for the reader; null if nothing is. */
  note: Markup | null;
}

/** Of more kernels than a page has, those first of which something is to be said. */
export function extentOf(all: readonly ReportRow[]): Extent {
  const brief = all.length > MOST_IN_FULL;
  if (!brief) return { rows: all, brief, note: null };
  const whole = markup`what a kernel answered is in <code>kernels/</code>, in the transcript that its section leads to`;
  if (all.length <= MOST_KERNELS) {
    const note = markup`A run of ${all.length} kernels: curves are drawn where slots were lost or refused, and ${whole}.`;
    return { rows: all, brief, note };
  }
  const telling = (row: ReportRow) => !['as-expected', 'no-expectation'].includes(row.verdict.status);
  const chosen = new Set([...all.filter(telling), ...all.filter((row) => !telling(row))].slice(0, MOST_KERNELS));
  const note = markup`A run of ${all.length} kernels, of which this page shows ${MOST_KERNELS}: first those of which something is to be said. All are in <a href="matrix.md">matrix.md</a> and <a href="matrix.csv">matrix.csv</a>; ${whole}.`;
  return { rows: all.filter((row) => chosen.has(row)), brief, note };
}
