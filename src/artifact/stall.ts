/** Ends a transfer in which nothing happens, or too little. */
export interface StallGuard {
  /** Aborts when nothing happened for too long, when it is too slow, or when the caller's signal does. */
  signal: AbortSignal;
  /** Something happened: the wait starts again. @param bytes that came. */
  touch(bytes?: number): void;
  /** Ends the guard; to be called however the transfer ends. */
  end(): void;
}

/**
 * @param seconds longest silence: until the first answer, and between two reads. So long a transfer may also be slower than `rate`.
 * @param rate least bytes a second on average, after the first `seconds`. So a transfer of n bytes ends after `seconds + n / rate` at the
 *   latest, and one that drips soon, whatever size it claims. 0 asks for none.
 */
export function guardAgainstStall(seconds: number, signal?: AbortSignal, rate = 0): StallGuard {
  const own = new AbortController();
  const started = performance.now();
  let received = 0;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const silence = seconds * 1000;
    const due = rate > 0 ? started + (seconds + received / rate) * 1000 - performance.now() : Infinity;
    const slow = received > 0 && due < silence;
    timer = setTimeout(
      () => own.abort(new Error(slow ? tooSlow(received, started, rate) : `nothing came for ${seconds} s`)),
      Math.max(0, Math.min(silence, due)),
    );
  };
  wait();
  return {
    signal: signal ? AbortSignal.any([own.signal, signal]) : own.signal,
    touch(bytes = 0) {
      clearTimeout(timer);
      received += bytes;
      wait();
    },
    end: () => clearTimeout(timer),
  };
}

function tooSlow(received: number, started: number, rate: number): string {
  const elapsed = Math.round((performance.now() - started) / 1000);
  return `too slow: ${received} bytes in ${elapsed} s, and ${rate} bytes a second are the least`;
}
