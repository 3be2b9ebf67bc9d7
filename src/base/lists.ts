/** Lists of any length. What spreads a list into arguments (`push(...list)`) fails beyond some 120,000 values: the stack ends. */

/** Adds values to the end of a list. */
export function append<T>(list: T[], more: Iterable<T>): void {
  for (const value of more) list.push(value);
}

/** The largest of the values and `least`; `least` if there are none. */
export function largest(values: Iterable<number>, least = -Infinity): number {
  let found = least;
  for (const value of values) found = Math.max(found, value);
  return found;
}

/** The smallest of the values; infinite if there are none. */
export function smallest(values: Iterable<number>): number {
  let found = Infinity;
  for (const value of values) found = Math.min(found, value);
  return found;
}
