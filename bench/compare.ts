/** Measuring A against B in turn, so that what else the host does meets both alike. */
import type { Pairs } from './results.js';

export interface Side {
  name: string;
  work: () => Promise<void> | void;
}

/**
 * `wall` for what waits (a disk, a machine); `cpu`, user and system, for what computes: on a host that is shared the wall
 * clock tells what others do.
 */
export type Clock = 'wall' | 'cpu';

const ROUNDS = 5;

/** Runs both sides in turn, after a round that warms up. @returns medians, and the ratio of A to B pair by pair. */
export async function comparePairs(what: string, a: Side, b: Side, clock: Clock, rounds = ROUNDS): Promise<Pairs> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { work }] of [a, b].entries()) {
      const seconds = await timed(work, clock);
      if (round > 0) times[index]!.push(seconds);
    }
  }
  return pairsOf(what, clock, { name: a.name, seconds: times[0] }, { name: b.name, seconds: times[1] });
}

/** Times of two sides, the n-th of one beside the n-th of the other, as medians and the ratio pair by pair. */
export function pairsOf(
  what: string,
  clock: Clock,
  a: { name: string; seconds: readonly number[] },
  b: { name: string; seconds: readonly number[] },
): Pairs {
  const ratios = a.seconds.map((time, index) => time / b.seconds[index]!);
  return {
    what,
    clock,
    a: { name: a.name, seconds: median(a.seconds) },
    b: { name: b.name, seconds: median(b.seconds) },
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    pairs: ratios.length,
  };
}

export async function timed(work: () => Promise<void> | void, clock: Clock): Promise<number> {
  const begun = clock === 'wall' ? performance.now() * 1000 : cpuMicroseconds();
  await work();
  return ((clock === 'wall' ? performance.now() * 1000 : cpuMicroseconds()) - begun) / 1e6;
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
