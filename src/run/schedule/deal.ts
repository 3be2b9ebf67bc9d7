/** What one worker, or one shard, is given. */
export interface Share<T> {
  /** In the order they are taken. */
  items: T[];
  /** The sum of their weights. */
  load: number;
}

/**
 * Deals items out, the heaviest first, each to the share that has least so far: what workers do that take the heaviest that
 * is left whenever they are free. Never more than a third longer than the best split (Graham 1969). Items of the same weight
 * keep their order, and of equal shares the first is taken, so the result follows from the arguments alone.
 */
export function deal<T>(items: readonly T[], weight: (item: T) => number, shares: number): Share<T>[] {
  const dealt: Share<T>[] = Array.from({ length: shares }, () => ({ items: [], load: 0 }));
  for (const item of heaviestFirst(items, weight)) {
    let lightest = dealt[0]!;
    for (const share of dealt) if (share.load < lightest.load) lightest = share;
    lightest.items.push(item);
    lightest.load += weight(item);
  }
  return dealt;
}

/** The items by falling weight; those of the same weight keep their order. */
export function heaviestFirst<T>(items: readonly T[], weight: (item: T) => number): T[] {
  return [...items].sort((a, b) => weight(b) - weight(a));
}
