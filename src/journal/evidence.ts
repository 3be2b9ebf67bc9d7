/** What events say they rest on. */

/** Fields whose content is another run's, or whatever a plan may hold: nothing in them names an event of this journal. */
const OTHERS = new Set(['plan', 'summary', 'kernels']);

/**
 * The first number in an event's lists `from`, at any depth, that names no event before it; null if each does. An event is
 * evidence once it is written, so it comes before what rests on it.
 */
export function unknownEvidence(event: Record<string, unknown>, seq: number): number | null {
  for (const name of Object.keys(event)) {
    const value = event[name];
    if (typeof value !== 'object' || value === null || OTHERS.has(name)) continue;
    const found =
      name === 'from' && Array.isArray(value)
        ? (value.find((one: unknown): one is number => typeof one === 'number' && (one < 1 || one >= seq)) ?? null)
        : unknownEvidence(value as Record<string, unknown>, seq);
    if (found !== null) return found;
  }
  return null;
}

/** The numbers of all the lists, sorted, without repetitions. */
export function evidence(lists: readonly (readonly number[])[]): number[] {
  return [...new Set(lists.flat())].sort((a, b) => a - b);
}
