import { largest } from '../../base/lists.js';
import { createColors } from 'picocolors';
import type { JournalEvent } from '../../run-events/events.js';
import type { Progress } from '../../run/observer.js';
import { plain } from '../../base/text/plain.js';
import type { Display } from './display.js';
import { clock, factOf, failureLines, kernelOf, progressWords } from './facts.js';
import { Pace } from './pace.js';

/** A count is shown at most this often for each row: 65 thousand directories are not 65 lines. */
const COUNT_EVERY_MS = 5000;

export interface PlainOptions {
  /** Names of the rows, so that the columns stand under each other. */
  kernels: string[];
  /** Takes whole lines, newline included. */
  write(text: string): void;
  color: boolean;
  /** A clock in milliseconds; the real one if left out. */
  now?: () => number;
}

/** The display where there is no terminal: one line per happening, with the time since the start. */
export function plainDisplay(options: PlainOptions): Display {
  const now = options.now ?? (() => performance.now());
  const colors = createColors(options.color);
  const started = now();
  const width = largest(
    options.kernels.map((name) => plain(name).length),
    0,
  );
  const pace = new Pace();
  const lastMessage = new Map<string | null, string>();

  const line = (kernel: string | null, text: string) => {
    const name = plain(kernel ?? '').padEnd(width);
    options.write(`${colors.dim(`[${clock(now() - started)}]`)} ${width > 0 ? `${name}  ` : ''}${text}\n`);
  };

  return {
    event(event: JournalEvent) {
      const kernel = kernelOf(event);
      if (event.kind === 'phase.started') {
        pace.begin(kernel, now());
        lastMessage.delete(kernel);
      }
      const fact = factOf(event);
      if (fact === null) return;
      const failed = event.kind === 'row.finished' && event.outcome === 'failed';
      line(kernel, failed ? colors.red(fact) : fact);
      if (failed) for (const each of failureLines(event)) line(kernel, `  ${each}`);
    },
    progress(progress: Progress) {
      const { kernel, phase, done, message } = progress;
      if (done === undefined) {
        if (lastMessage.get(kernel) === message) return;
        lastMessage.set(kernel, message);
        line(kernel, `${phase}: ${progressWords(progress, null)}`);
        return;
      }
      const shown = pace.shownAt(kernel);
      if (shown !== null && now() - shown < COUNT_EVERY_MS) return;
      const each = pace.take(progress, now());
      line(kernel, `${phase}: ${progressWords(progress, each)}`);
    },
    note(text: string) {
      line(null, plain(text));
    },
    close() {},
  };
}
