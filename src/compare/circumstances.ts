/** Differences between the circumstances of two runs, which may explain differences between kernels. */
import type { RunSummary } from '../run-events/run-summary.js';

/** Relative tolerance: a host's memory varies slightly with its own kernel. */
const SAME_MEMORY = 0.01;

type Circumstance = [what: string, before: string | number | null, after: string | number | null];

/** Differences as text, `what: before → after`. With any of them, times are not comparable. */
export function circumstances(base: RunSummary, current: RunSummary): string[] {
  const [before, after] = [base.machine, current.machine];
  const all: Circumstance[] = [
    ['profile', base.profile, current.profile],
    ...settings(base, current),
    ['machines at the same time', base.jobs, current.jobs],
    ['tool', base.tool, current.tool],
    ['host', base.host.os, current.host.os],
    ["host's CPUs", base.host.cpus, current.host.cpus],
  ];
  if (Math.abs(current.host.memoryMib - base.host.memoryMib) > SAME_MEMORY * base.host.memoryMib) {
    all.push(["host's memory, MiB", base.host.memoryMib, current.host.memoryMib]);
  }
  // A run in which no machine came up has no data about machines; its rows say so.
  if (before !== null && after !== null) {
    all.push(
      ['provider', before.provider, after.provider],
      ['accelerator', before.accelerator, after.accelerator],
      ["machines' CPUs", before.cpus, after.cpus],
      ["machines' memory, MiB", before.memoryMib, after.memoryMib],
    );
  }
  if (base.runtime !== null && current.runtime !== null) all.push(['Docker', base.runtime, current.runtime]);
  return all
    .filter(([, one, other]) => one !== other)
    .map(([what, one, other]) => `${what}: ${word(one)} → ${word(other)}`);
}

/** Of every scenario in either run. */
function settings(base: RunSummary, current: RunSummary): Circumstance[] {
  const names = new Set([...Object.keys(base.settings), ...Object.keys(current.settings)]);
  return [...names].map((name) => [name, base.settings[name] ?? null, current.settings[name] ?? null]);
}

/** Whether kernel memory can be compared: part of it is allocated per processor. */
export function sameMachine(base: RunSummary, current: RunSummary): boolean {
  const [one, other] = [base.machine, current.machine];
  if (one === null || other === null) return one === other;
  return one.provider === other.provider && one.cpus === other.cpus && one.memoryMib === other.memoryMib;
}

function word(value: string | number | null): string {
  return value === null ? 'none' : String(value);
}
