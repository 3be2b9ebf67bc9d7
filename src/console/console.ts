import type { ConsoleFinding } from './finding.js';

/** A machine's serial console. */
export interface ConsoleLog {
  /** File that holds it whole. */
  readonly file: string;
  /** Bytes written so far. */
  size(): number;
  /** Text from byte `from` to now. */
  since(from: number): string;
  /** The last `count` lines, without control characters. */
  tail(count: number): string[];
}

/** What is read from a console as it is written. */
export interface ConsoleWatch {
  /** Reads what has come since it last looked, and takes what is half told for whole: its end is written down now. */
  settle(): void;
  /** How many kernels have started on it. */
  starts(): number;
  /** A boot is asked for: what the console says from here on is judged and counted as that boot's. */
  expectBoot(): void;
  /** Somebody has logged in: what programs print from here on means no more that the boot has failed. */
  booted(): void;
  /** How often the machine has started since a kernel last said a word, or a boot was asked for. */
  silentStarts(): number;
  /** What the firmware, the boot loader or the initramfs has complained of in this boot; null if of nothing. */
  complaint(): string | null;
  /** The last thing a kernel said before the latest one started; null if none is known. */
  wordsBeforeStart(): string | null;
  /** Seconds since a line came that was not there before: one that is repeated shows no progress. */
  silentFor(): number;
}

/** Told of what a kernel says, as it says it. */
export type OnFinding = (finding: ConsoleFinding) => void;
