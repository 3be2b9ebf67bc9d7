/** The same kernel many times in one run: what the program holds must not grow with the rows it has done. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/verdict/kernel.js';
import { Lab, record } from './lab.js';

const ROWS = Number(process.env['KERNEL_MATRIX_SOAK'] ?? 20);
const JOBS = 2;
/** Six minutes: five times what a row takes on two cores that have nothing else to do. */
const ROW_MS = 360_000;

const PROFILE = `machine: { provider: qemu, cpus: 1 }
guest: { os: debian }
sequence: { cycles: 1 }
jobs: ${JOBS}
kernels:
${Array.from({ length: ROWS }, (_, index) => `  - { name: r${index + 1}, source: deb, suite: bullseye-security, package: 'linux-image-5.10.*-cloud-amd64', expect: clean }`).join('\n')}
`;

/** What a process holds at one moment. */
interface Sample {
  row: number;
  /** Resident set in MiB (VmRSS of /proc/<pid>/status). */
  memory: number;
  /** Open file descriptors. */
  files: number;
  /** Processes descending from it. */
  processes: number;
}

function sample(pid: number, row: number): Sample {
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  return {
    row,
    memory: Math.round(Number(rss) / 1024),
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

describe('a soak', () => {
  it(
    `of ${ROWS} rows of one kernel holds no more at its end than at its beginning`,
    async ({ task }) => {
      const lab = Lab.empty();
      const run = lab.program(['matrix', '--config', lab.config(PROFILE)]);
      const samples: Sample[] = [];
      for (let done = 1; done < ROWS; done++) {
        await run.says(new RegExp(`(?:recover: finished[^]*?){${done}}`));
        samples.push(sample(run.child.pid!, done));
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
      // Node gives memory back when it likes; what is held on to for each row would be a transcript of 200 KiB or more.
      expect(middle(last, 'memory')).toBeLessThan(middle(first, 'memory') + third);
      const left = lab.left();
      record(task, { lost: [], left });
      expect(left).toEqual([]);
    },
    ROWS * ROW_MS,
  );
});
