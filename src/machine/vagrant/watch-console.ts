import type { ConsoleLog } from '../machine.js';
import { consoleOverflow, fatalSign } from '../qemu/console.js';

/** How often the console is looked at, and how long the rest of a trace is waited for, in milliseconds. */
const PERIOD = 500;
const REST = 1000;

/** Looks for signs of a dead kernel in what is new on a console, and tells of the first; returns what ends it. */
export function watchConsole(console: ConsoleLog, onFatal: (sign: string) => void): () => void {
  let seen = 0;
  let rest: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    const overflow = consoleOverflow(console);
    if (overflow) {
      clearInterval(timer);
      onFatal(overflow);
      return;
    }
    const text = console.since(seen);
    const sign = fatalSign(text);
    if (sign) {
      clearInterval(timer);
      rest = setTimeout(() => onFatal(sign), REST);
      return;
    }
    // From the start of the last line, which may have been half written.
    seen += text.lastIndexOf('\n') + 1;
  }, PERIOD);
  return () => {
    clearInterval(timer);
    clearTimeout(rest);
  };
}
