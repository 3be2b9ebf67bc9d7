/** In which order rows are started, and how long that will take. Pure. */
import { count } from '../../base/text/count.js';
import { largest } from '../../base/lists.js';
import { median } from 'simple-statistics';
import type { KernelRow } from '../../config/plan.js';
import { deal, heaviestFirst } from './deal.js';
import { estimate, START_SECONDS } from './estimate.js';
import type { PastRow } from './past.js';

export interface Schedule {
  /** The rows, longest first: whoever is free takes the next one. */
  rows: KernelRow[];
  machines: number;
  /** From the start of the machines to the end of the last row; null where nothing tells. */
  seconds: number | null;
  /** Earlier runs that told, newest first. */
  runs: string[];
  /** Rows of which no earlier run told. */
  estimated: number;
}

/**
 * @param past rows of earlier runs, newest first.
 * @param accelerator of the machines; null where it is not known, so that any earlier row will do.
 */
export function schedule(
  rows: readonly KernelRow[],
  {
    machines,
    cycles,
    past,
    accelerator,
  }: { machines: number; cycles: number; past: readonly PastRow[]; accelerator: string | null },
): Schedule {
  const usable = past.filter((row) => accelerator === null || row.accelerator === accelerator);
  const told = new Map<string, PastRow>();
  for (const row of usable) if (!told.has(row.kernel)) told.set(row.kernel, row);
  const known = rows.flatMap((row) => told.get(row.name) ?? []);
  const paces = rows.flatMap((row) => {
    const found = told.get(row.name);
    return found === undefined ? [] : found.seconds / estimate(row, cycles);
  });
  const pace = paces.length === 0 ? null : median(paces);
  const seconds = (row: KernelRow) => told.get(row.name)?.seconds ?? estimate(row, cycles) * (pace ?? 1);
  const workers = Math.max(1, Math.min(machines, rows.length));
  const longest = largest(deal(rows, seconds, workers).map(({ load }) => load));
  const start = usable.find(({ startSeconds }) => startSeconds !== null)?.startSeconds ?? START_SECONDS;
  // The estimate is one of emulation: without a row to scale it by it says nothing of other machines.
  const tellable = pace !== null || accelerator === 'tcg';
  return {
    rows: heaviestFirst(rows, seconds),
    machines: workers,
    seconds: tellable ? start + longest : null,
    runs: [...new Set(usable.filter((row) => known.includes(row)).map(({ run }) => run))],
    estimated: rows.length - known.length,
  };
}

/** `about 4 min 10 s for 3 rows on 2 machines, longest first, from run X`. */
export function describeSchedule({ rows, machines, seconds, runs, estimated }: Schedule): string {
  const work = `${count(rows.length, 'row')} on ${count(machines, 'machine')}`;
  if (seconds === null) return `${work}, longest first as far as can be told: no earlier run was like this one`;
  const source = runs.length === 0 ? 'estimated' : `from run${runs.length === 1 ? '' : 's'} ${runs.join(', ')}`;
  const rest = runs.length > 0 && estimated > 0 ? `; ${count(estimated, 'row')} estimated` : '';
  return `about ${duration(seconds)} for ${work}, longest first, ${source}${rest}`;
}

/** Whole minutes above a quarter of an hour, tens of seconds above a minute: an estimate has no more to say. */
function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const step = seconds < 900 ? 10 : 60;
  const rounded = Math.round(seconds / step) * step;
  const [hours, minutes, rest] = [Math.floor(rounded / 3600), Math.floor((rounded % 3600) / 60), rounded % 60];
  return [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`, rest > 0 && `${rest} s`]
    .filter(Boolean)
    .join(' ');
}
