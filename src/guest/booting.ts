import { excerpt } from '../base/text/excerpt.js';
import { signsOfLife, type Machine } from '../provider/machine.js';
import { ConnectTimeout } from '../remote/ssh.js';
import type { Session } from '../remote/session.js';

/** How many times its deadline a boot may take while the console shows that it goes on. */
export const BOOT_PATIENCE = 4;
/** Starts of a kernel, or of a machine without a kernel's word, after which it is taken to start for ever. */
export const LOOP_STARTS = 3;
/** Seconds of attempts between two looks at the deadline. */
const SLICE = 30;
/** Milliseconds between two looks for a boot that begins again. */
const LOOK = 500;

/** Nothing answered, or the kernel starts again and again. */
export class BootFailed extends Error {
  override readonly name = 'BootFailed';
}

/**
 * How long a boot is waited for: until the console, if there is one, has been silent for the deadline, since a guest that says
 * something new is slow and not dead; but for no longer than `BOOT_PATIENCE` deadlines, since one that repeats itself says new
 * lines too. Begins when it is made.
 */
export class BootDeadline {
  private readonly begun: number;
  private readonly startsBefore: number;

  /**
   * @param deadline seconds.
   * @param startsBefore kernels that had started when this one was asked for; those so far if left out.
   */
  constructor(
    private readonly machine: Machine,
    readonly deadline: number,
    startsBefore?: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.begun = now();
    this.startsBefore = startsBefore ?? machine.watch?.starts() ?? 0;
  }

  elapsed(): number {
    return (this.now() - this.begun) / 1000;
  }

  /** Seconds left if the console says nothing more; 0 when it has passed. */
  left(): number {
    const elapsed = this.elapsed();
    const silent = Math.min(elapsed, this.machine.watch?.silentFor() ?? elapsed);
    return Math.max(0, Math.min(this.deadline - silent, BOOT_PATIENCE * this.deadline - elapsed));
  }

  /** What to say if the machine starts for the third time, with a kernel's word or without; null if it does not. */
  loop(): BootFailed | null {
    const { watch, name } = this.machine;
    if (!watch) return null;
    const starts = watch.starts() - this.startsBefore;
    const silent = watch.silentStarts();
    if (silent >= LOOP_STARTS) {
      const complaint = watch.complaint();
      const why = complaint === null ? '' : ` (before it: ${excerpt(complaint)})`;
      return new BootFailed(
        `${name}: boots again and again, and never says a word: start ${silent} without one of a kernel${why}`,
      );
    }
    if (starts < LOOP_STARTS) return null;
    const words = watch.wordsBeforeStart();
    const last = words === null ? '' : `, its last words: ${excerpt(words)}`;
    return new BootFailed(`${name}: boot loop: the kernel started ${starts} times without an answer${last}`);
  }

  /** What to say once it has passed. @param last how the last attempt ended. */
  async passed(last: string | undefined): Promise<BootFailed> {
    const { watch, name } = this.machine;
    const silent = watch?.silentFor() ?? null;
    const seconds = Math.round(Math.max(this.deadline, this.elapsed()));
    const how =
      silent === null
        ? ''
        : silent < this.deadline
          ? ': still booting, but slower than any deadline allows (boot: in kernels.yaml)'
          : `: silent for ${Math.round(silent)} s, so the guest looks dead`;
    const life = await signsOfLife(this.machine);
    const complaint = watch?.complaint() ?? null;
    const details = [
      life,
      ...(complaint === null ? [] : [`the console said: ${excerpt(complaint)}`]),
      ...(last === undefined ? [] : [`last attempt: ${last}`]),
    ].filter((each) => each !== '');
    return new BootFailed(
      `${name}: no SSH answer within ${seconds} s${how}${details.length > 0 ? ` (${details.join('; ')})` : ''}`,
    );
  }
}

/**
 * Opens the session as soon as SSH answers.
 * @throws BootFailed when the deadline has passed or the kernel starts again and again; the machine's failure; the signal's
 * reason.
 */
export async function connectBooting(machine: Machine, deadline: BootDeadline, signal: AbortSignal): Promise<Session> {
  const looped = new AbortController();
  const look = () => {
    const loop = deadline.loop();
    if (loop) looped.abort(loop);
  };
  const timer = setInterval(look, LOOK);
  try {
    for (;;) {
      look();
      looped.signal.throwIfAborted();
      try {
        const seconds = Math.max(1, Math.min(deadline.left(), SLICE));
        return await machine.connect(seconds, AbortSignal.any([signal, looped.signal]));
      } catch (error) {
        if (!(error instanceof ConnectTimeout)) throw error;
        look();
        looped.signal.throwIfAborted();
        if (deadline.left() === 0) throw await deadline.passed(error.attempts.at(-1));
      }
    }
  } finally {
    clearInterval(timer);
  }
}
