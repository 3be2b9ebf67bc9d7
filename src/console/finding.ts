/** What was found on a machine's console, as the journal has it. */

/**
 * What a kernel says of itself that matters, by the words it says it in (src/console/signs.ts). `bad-state`: any other
 * `BUG:` that the kernel goes on from. `halted`: it has stopped itself. `lockdep`: the lock validator. `leak`: kmemleak.
 * `network-device`: one that cannot go, as something still refers to it. `left-out`: how many more there were than
 * `MOST_OF_A_CLASS` allows, of which classes. `trace`: a call trace that nothing above it explains. `other`: a line with a word such
 * as error or failed that no class and no entry of the harmless lines knows.
 */
export const CONSOLE_CLASSES = [
  'panic',
  'no-boot',
  'halted',
  'oops',
  'kernel-bug',
  'bad-state',
  'warning',
  'soft-lockup',
  'hard-lockup',
  'workqueue-lockup',
  'hung-task',
  'rcu-stall',
  'oom',
  'memcg-oom',
  'slab-failure',
  'page-allocation-failure',
  'file-system-error',
  'io-error',
  'hardware-error',
  'lockdep',
  'leak',
  'network-device',
  'left-out',
  'trace',
  'other',
] as const;
export type ConsoleClass = (typeof CONSOLE_CLASSES)[number];

/** `fatal` ends the machine; `serious` is told beside the verdict; `notice` is only recorded. */
export const CONSOLE_SEVERITIES = ['fatal', 'serious', 'notice'] as const;
export type ConsoleSeverity = (typeof CONSOLE_SEVERITIES)[number];

/**
 * Findings of a class from one boot that was asked for to the next, however many kernels claim to start in between: a guest
 * that repeats itself for hours must not fill the journal.
 */
export const MOST_OF_A_CLASS = 20;

/** Something a kernel said. */
export interface ConsoleFinding {
  class: ConsoleClass;
  severity: ConsoleSeverity;
  /** The line that shows it, without its time stamp. */
  line: string;
  /** That line among those that belong to it, as they stood on the console: how it began, its call trace; bounded. */
  excerpt: string[];
  /** Byte of the console at which the line begins; null if it was read from the kernel's own log, where there is no console. */
  offset: number | null;
  /** Seconds since the kernel started, as it printed them; null if it printed none. */
  kernelTime: number | null;
  /** Release of the kernel that said it, by its own first line; null if that was not seen. */
  release: string | null;
}
