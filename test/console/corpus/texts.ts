/** The corpus: every text is a boot of the table of boots, with or without a report or an end of the other tables in it. */
import type { ConsoleClass } from '../../../src/console/finding.js';
import { boot, FIRMWARE, KERNELS, type Kernel, LOADER, stamped, USERLAND } from './boots.js';
import { type Death, DEATHS } from './deaths.js';
import { notLater, type Report, REPORTS } from './reports.js';

export interface Text {
  name: string;
  text: string;
  finds: ConsoleClass[];
  /** What a boot that has ended is to say; null for one that goes on. */
  reason: RegExp | null;
}

/** How the same lines may come over the wire. */
const WIRES: Record<string, (lines: string[]) => string> = {
  'as QEMU writes it': (lines) => lines.map((line) => `${line}\r\n`).join(''),
  'as a file has it': (lines) => lines.map((line) => `${line}\n`).join(''),
  'a terminal that doubles returns': (lines) => lines.map((line) => `${line}\r\r\n`).join(''),
  'a program writes between the lines': (lines) =>
    lines.map((line) => `${line}\r\nlevel=info msg="\x1b[36mworking\x1b[0m"\r\n`).join(''),
  'a program has written half a line before each': (lines) =>
    lines.map((line) => (line.startsWith('[ ') ? `Starting dockerd ... ${line}\r\n` : `${line}\r\n`)).join(''),
};

/** Reports whose words others use too: without stamps nobody can tell who speaks. */
const BARE = new Set(['other', 'trace', 'leak']);
const NEED_STAMPS =
  /protection fault|nobody knows|slab that is corrupt|page that is taken|bus error|not static|no more room|scheduling|key|too hot|bracket of a kind/;

/** Each table in turn, so that every pair of parts comes up somewhere. */
function pick<T>(table: Record<string, T>, count: number): string {
  const names = Object.keys(table);
  return names[count % names.length]!;
}

function userlandOf(kernel: Kernel, count: number): string {
  const userland = pick(USERLAND, count);
  return kernel.unstamped && userland === 'docker' ? 'sysvinit' : userland;
}

let count = 0;

function next(kernel: Kernel, userland?: string) {
  count += 1;
  const parts = [
    pick(FIRMWARE, count),
    pick(LOADER, Math.floor(count / 2)),
    kernel.release,
    userland ?? userlandOf(kernel, Math.floor(count / 3)),
  ] as const;
  const wire = pick(WIRES, Math.floor(count / 5));
  return { ...boot(parts[0], parts[1], kernel, parts[3]), name: `${parts.join(', ')}, ${wire}`, wire: WIRES[wire]! };
}

function healthy(kernel: Kernel, userland: string): Text {
  const { name, lines, wire } = next(kernel, userland);
  return { name, text: wire(lines), finds: [], reason: null };
}

function reported(kernel: Kernel, report: Report): Text {
  const { at, name, lines, wire } = next(kernel);
  const said = report.lines.map((line, n) => stamped(kernel, at + 60 + n / 1e5, line));
  return {
    name: `${report.name} (${report.source}): ${name}`,
    text: wire([...lines, ...said, stamped(kernel, at + 90, 'eth0: link is up')]),
    finds: report.finds,
    reason: null,
  };
}

function dead(kernel: Kernel, death: Death): Text {
  const { at, name, lines, wire } = next(kernel, 'none');
  const before: Record<Death['after'], string[]> = {
    kernel: lines,
    loader: ['SeaBIOS (version 1.16.2-debian-1.16.2-1)', 'GRUB loading..', "  Booting `Linux'"],
    firmware: FIRMWARE['seabios']!,
    nothing: [],
  };
  const said = death.lines.map((line, n) =>
    line.startsWith('\0') ? stamped(kernel, at + n / 2, line.slice(1)) : line,
  );
  const last = said.pop() ?? '';
  // Before a kernel runs there are no programs.
  const alone = WIRES['as QEMU writes it']!;
  return {
    name: `${death.name} (${death.source}): ${name}`,
    text: (death.after === 'kernel' ? wire : alone)([...before[death.after], ...said]) + last,
    finds: [death.class ?? 'no-boot'],
    reason: death.reason,
  };
}

function isSaid(report: Report, kernel: Kernel): boolean {
  if (!notLater(report.from, kernel.version) || !notLater(kernel.version, report.to)) return false;
  return !kernel.unstamped || !(report.finds.some((name) => BARE.has(name)) || NEED_STAMPS.test(report.name));
}

export const HEALTHY: Text[] = KERNELS.flatMap((kernel) =>
  Object.keys(USERLAND)
    .filter((userland) => !(kernel.unstamped && userland === 'docker'))
    .flatMap((userland) => [healthy(kernel, userland), healthy(kernel, userland)]),
);
export const REPORTED: Text[] = KERNELS.flatMap((kernel) =>
  REPORTS.filter((report) => isSaid(report, kernel)).map((report) => reported(kernel, report)),
);
export const DEAD: Text[] = DEATHS.flatMap((death, n) =>
  [0, 3, 5].map((step) => dead(KERNELS.filter((each) => !each.unstamped)[(n + step) % (KERNELS.length - 1)]!, death)),
);
