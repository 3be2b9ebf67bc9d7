import type { Progress } from '../../run/observer.js';

/** Milliseconds per piece of bulk work, between one shown count and the next. */
export class Pace {
  #last = new Map<string, { at: number; done: number }>();

  /** Forgets a row's counts; a phase has begun and counts from 0. */
  begin(kernel: string | null, at: number): void {
    this.#last.set(String(kernel), { at, done: 0 });
  }

  /** When the count was shown last, or when its phase began; null if neither is known. */
  shownAt(kernel: string | null): number | null {
    return this.#last.get(String(kernel))?.at ?? null;
  }

  /** Takes a count that is shown now. @returns milliseconds each since the last one, or null if that cannot be told. */
  take(progress: Progress, at: number): number | null {
    if (progress.done === undefined) return null;
    const last = this.#last.get(String(progress.kernel));
    this.#last.set(String(progress.kernel), { at, done: progress.done });
    if (!last || progress.done <= last.done) return null;
    return (at - last.at) / (progress.done - last.done);
  }
}
