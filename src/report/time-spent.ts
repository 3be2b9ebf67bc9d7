/** Whose time a row took: the machine's, Docker's, the cgroups', or this program's. */
import type { RowFacts } from '../run-events/facts.js';
import { duration } from '../base/text/figures.js';

/** Seconds of a row, each counted once: together they are the whole row. */
export interface TimeSpent {
  /** Until the kernel was proven to be up: the machine's start, the menu, and the boot or the snapshot. */
  boot: number;
  /** Commands that ask Docker for something, from the client's start to its end. */
  docker: number;
  /** The bulk tool: making, removing, counting and probing directories, with the waits for late ids. */
  directories: number;
  /** All other commands. */
  otherCommands: number;
  /** What is left: between two commands this program writes its journal, decides, and waits where a step says so. */
  tool: number;
}

const BOOT: ReadonlySet<string> = new Set(['machine', 'select', 'boot']);

/** @returns null of a row that was not measured to its end: what its last phase took is not known. Pure. */
export function timeSpent({ outcome, phases, commands }: RowFacts): TimeSpent | null {
  if (outcome?.outcome !== 'measured' || commands.numbers.count === 0) return null;
  const boot = phases.reduce((sum, { phase, seconds }) => (BOOT.has(phase) ? sum + (seconds ?? 0) : sum), 0);
  const { docker, directories, other } = commands.seconds;
  const spent = { docker, directories, otherCommands: other };
  const known = boot + spent.docker + spent.directories + spent.otherCommands;
  return { boot, ...spent, tool: Math.max(0, outcome.seconds - known) };
}

/** `machine and boot 12 s, Docker 62.1 s, …`. */
export function spentWords(spent: TimeSpent): string {
  const parts: [name: string, seconds: number][] = [
    ['machine and boot', spent.boot],
    ['Docker', spent.docker],
    ['directories', spent.directories],
    ['other commands', spent.otherCommands],
    ['this program', spent.tool],
  ];
  return parts.map(([name, seconds]) => `${name} ${duration(seconds)}`).join(', ');
}
