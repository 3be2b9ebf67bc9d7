/** The same kernel many times in one run: what the program holds must not grow with the rows it has done. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { judgeRun } from '../../src/verdict/kernel.js';
import { Lab, record } from './lab.js';
import { lacking, MACHINES } from '../needs.js';

const ROWS = Number(process.env['KERNEL_MATRIX_SOAK'] ?? 20);
const JOBS = 2;
/** Six minutes: five times what a row takes on two cores that have nothing else to do. */
const ROW_MS = 360_000;

const PROFILE = `machine: { provider: qemu, cpus: 1 }
guest: { os: debian }
sequence: { cycles: 1 }
jobs: ${JOBS}
kernels:
${Array.from({ length: ROWS }, (_, index) => `  - { name: r${index + 1}, source: deb, suite: bookworm-security, package: 'linux-image-6.1.*-cloud-amd64', expect: clean }`).join('\n')}
`;

const HOOK = pathToFileURL(join(import.meta.dirname, 'heap-on-signal.mjs')).href;

/** What a process holds at one moment. */
interface Sample {
  row: number;
  /** MiB of its heap, and of buffers outside of it, that are left after garbage was collected. */
  held: number;
  /** Resident set in MiB (VmRSS of /proc/<pid>/status): Node gives memory back when it likes. */
  resident: number;
  /** Open file descriptors. */
  files: number;
  /** Processes descending from it. */
  processes: number;
}

async function sample(pid: number, row: number, heapFile: string): Promise<Sample> {
  rmSync(heapFile, { force: true });
  process.kill(pid, 'SIGUSR2');
  await vi.waitFor(() => expect(existsSync(heapFile)).toBe(true), { timeout: 60_000 });
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  return {
    row,
    held: Number((Number(readFileSync(heapFile, 'utf8')) / 2 ** 20).toFixed(2)),
    resident: Math.round(Number(rss) / 1024),
    files: readdirSync(`/proc/${pid}/fd`).length,
    processes: descendants(pid),
  };
}

function descendants(pid: number): number {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const];
      } catch {
        return [];
      }
    });
  const below = (parent: number): number =>
    parents.filter(([, of]) => of === parent).reduce((sum, [child]) => sum + 1 + below(child), 0);
  return below(pid);
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe.skipIf(lacking(MACHINES))('a soak', () => {
  it(
    `of ${ROWS} rows of one kernel holds no more at its end than at its beginning`,
    async ({ task }) => {
      const heapFile = join(mkdtempSync(join(tmpdir(), 'km-soak-')), 'heap');
      const lab = Lab.empty({ env: { NODE_OPTIONS: `--import ${HOOK}`, HEAP_FILE: heapFile } });
      const run = lab.program(['matrix', '--config', lab.config(PROFILE)]);
      const samples: Sample[] = [];
      for (let done = 1; done < ROWS; done++) {
        await run.says(new RegExp(`(?:recover: finished[^]*?){${done}}`));
        samples.push(await sample(run.child.pid!, done, heapFile));
        process.stdout.write(`${JSON.stringify(samples.at(-1))}\n`);
      }
      const end = await run.ended;
      expect(end.code, end.stderr).toBe(0);
      expect(judgeRun(lab.facts()).map(({ verdict }) => verdict)).toEqual(Array<string>(ROWS).fill('clean'));

      const third = Math.floor(samples.length / 3);
      const [first, last] = [samples.slice(0, third), samples.slice(-third)];
      const middle = (part: Sample[], key: keyof Sample) => median(part.map((each) => each[key]));
      expect(middle(last, 'files')).toBeLessThanOrEqual(middle(first, 'files'));
      expect(middle(last, 'processes')).toBeLessThanOrEqual(middle(first, 'processes'));
      // Thirteen rows lie between the middles of the thirds: less than what the journal has of one is held for each.
      expect(middle(last, 'held')).toBeLessThan(middle(first, 'held') + 1);
      expect(middle(last, 'resident')).toBeLessThan(middle(first, 'resident') * 1.2);
      const left = lab.left();
      record(task, { lost: [], left });
      expect(left).toEqual([]);
    },
    ROWS * ROW_MS,
  );
});
