/** Ends a transfer that stalls or is too slow. */
export interface StallGuard {
  /** Aborts after too long a silence, if the transfer is too slow, or with the caller's signal. */
  signal: AbortSignal;
  /** Reports activity, which restarts the wait. @param bytes received. */
  touch(bytes?: number): void;
  /** Ends the guard; must be called in any case. */
  end(): void;
}

/**
 * @param seconds longest silence: until the first answer, and between two reads. For this time a transfer may be slower than `rate`.
 * @param rate minimum average rate in bytes per second after the first `seconds`, so a transfer of n bytes takes at most
 *   `seconds + n / rate`. 0: no minimum.
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
      () => own.abort(new Error(slow ? tooSlow(received, started, rate) : `no data for ${seconds} s`)),
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
  return `too slow: ${received} bytes in ${elapsed} s; the minimum is ${rate} bytes per second`;
}
