/** A range of journal numbers, both ends included. */
export type NumberRange = readonly [first: number, last: number];

/** Numbers of events (`seq`), each larger than the one before: kept as ranges, so that a million in a row take two numbers. */
export class EventNumbers {
  /** First and last of each range, one after the other. */
  private readonly ends: number[] = [];
  private counted = 0;

  /** @param seq larger than every number added before. */
  add(seq: number): void {
    this.counted += 1;
    if (this.ends.at(-1) === seq - 1) this.ends[this.ends.length - 1] = seq;
    else this.ends.push(seq, seq);
  }

  get count(): number {
    return this.counted;
  }

  /** The largest; null if there is none. */
  get last(): number | null {
    return this.ends.at(-1) ?? null;
  }

  get rangeCount(): number {
    return this.ends.length / 2;
  }

  *ranges(): Generator<NumberRange, void> {
    for (let i = 0; i < this.ends.length; i += 2) yield [this.ends[i]!, this.ends[i + 1]!];
  }

  *[Symbol.iterator](): Generator<number, void> {
    for (const [first, last] of this.ranges()) for (let seq = first; seq <= last; seq += 1) yield seq;
  }
}
