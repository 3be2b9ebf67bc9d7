/** Ends a transfer in which nothing happens. */
export interface StallGuard {
  /** Aborts when nothing happened for too long, or when the caller's signal does. */
  signal: AbortSignal;
  /** Something happened: the wait starts again. */
  touch(): void;
  /** Ends the guard; to be called however the transfer ends. */
  end(): void;
}

/** @param seconds longest silence: until the first answer, and between two reads. */
export function guardAgainstStall(seconds: number, signal?: AbortSignal): StallGuard {
  const own = new AbortController();
  const expire = () => own.abort(new Error(`nothing came for ${seconds} s`));
  let timer = setTimeout(expire, seconds * 1000);
  return {
    signal: signal ? AbortSignal.any([own.signal, signal]) : own.signal,
    touch() {
      clearTimeout(timer);
      timer = setTimeout(expire, seconds * 1000);
    },
    end: () => clearTimeout(timer),
  };
}
