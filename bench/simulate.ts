/** A matrix far larger than any that was run: which split over hosts is how far from the best, and what merging it costs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebRow } from '../src/kernel/deb.js';
import type { KernelRow } from '../src/config/plan.js';
import { journalText } from '../src/journal/lines.js';
import { deal } from '../src/run/schedule/deal.js';
import { schedule } from '../src/run/schedule/schedule.js';
import { rowsOfShard } from '../src/run/shard.js';
import { median, timed } from './compare.js';
import { largeJournal } from './large-journal.js';
import type { Recorder } from './results.js';
import type { Subject } from './subject.js';
import { usageOf } from './usage.js';

const KERNELS = 500;
const HOSTS = 50;
const CYCLES = 1;
const DRAWS = 200;
/** How much kernels of one hierarchy differ from each other, and a kernel from one run to the next: sigma of a lognormal. */
const SPREADS = [
  { name: 'kernels as recorded', kernels: 0, runs: 0 },
  { name: 'kernels differ by 25 %, runs by 5 %', kernels: 0.25, runs: 0.05 },
  { name: 'kernels differ by 60 %, runs by 10 %', kernels: 0.6, runs: 0.1 },
];

interface Recorded {
  rows: { kernel: string; cgroup: 'v1' | 'v2'; seconds: number }[];
}

export const simulate: Subject = {
  about: `${KERNELS} kernels over ${HOSTS} hosts with recorded durations: static shards and longest first; merging them`,
  async run(record, folder) {
    makespans(record);
    await ownCost(record);
    await merging(record, folder);
  },
};

/** Of a split, as a multiple of what no split can beat: the mean of the hosts, or the longest row. */
function makespans(record: Recorder): void {
  const { rows: recorded } = JSON.parse(readFileSync(join(import.meta.dirname, 'durations.json'), 'utf8')) as Recorded;
  for (const spread of SPREADS) {
    const random = seeded(1);
    const over = { plan: [] as number[], queue: [] as number[], longest: [] as number[] };
    for (let draw = 0; draw < DRAWS; draw++) {
      const drawn = Array.from({ length: KERNELS }, (_, i) => {
        const from = recorded[Math.floor(random() * recorded.length)]!;
        const usual = from.seconds * lognormal(random, spread.kernels);
        const run = () => usual * lognormal(random, spread.runs);
        return { row: rowOf(i, from.cgroup), last: run(), now: run() };
      });
      const took = new Map(drawn.map(({ row, now }) => [row.name, now]));
      const last = new Map(drawn.map(({ row, last: seconds }) => [row.name, seconds]));
      const rows = drawn.map(({ row }) => row);
      const seconds = (row: KernelRow) => took.get(row.name)!;
      const sum = (some: readonly KernelRow[]) => some.reduce((total, row) => total + seconds(row), 0);
      const bound = Math.max(sum(rows) / HOSTS, ...took.values());
      const shards = Array.from({ length: HOSTS }, (_, i) => rowsOfShard(rows, CYCLES, { index: i + 1, total: HOSTS }));
      over.plan.push(Math.max(...shards.map(sum)) / bound);
      over.longest.push(
        Math.max(...deal(rows, (row) => last.get(row.name)!, HOSTS).map(({ items }) => sum(items))) / bound,
      );
      over.queue.push(longestOfQueue(rows, (row) => last.get(row.name)!, seconds) / bound);
    }
    const say = (how: string, ratios: number[]) => {
      record.figure(`${how}; ${spread.name}`, median(ratios), '× the bound');
    };
    say('static shards by the plan alone', over.plan);
    say("static shards by the last run's times", over.longest);
    say("longest first by the last run's times, whoever is free", over.queue);
  }
}

/** Hosts take the row that was longest last time whenever they are free; how long that takes goes by this time. */
function longestOfQueue(
  rows: readonly KernelRow[],
  last: (row: KernelRow) => number,
  now: (row: KernelRow) => number,
): number {
  const free = Array.from({ length: HOSTS }, () => 0);
  for (const row of [...rows].sort((a, b) => last(b) - last(a))) {
    free[free.indexOf(Math.min(...free))]! += now(row);
  }
  return Math.max(...free);
}

async function ownCost(record: Recorder): Promise<void> {
  const rows = Array.from({ length: KERNELS }, (_, i) => rowOf(i, i % 3 === 2 ? 'v2' : 'v1'));
  const past = rows.map(({ name }, i) => ({
    ...{ kernel: name, run: 'r', accelerator: 'tcg', startSeconds: 7 },
    seconds: 90 + (i % 70),
  }));
  const cost = async (work: () => void) => {
    const seconds: number[] = [];
    for (let round = 0; round < 21; round++) seconds.push(await timed(work, 'cpu'));
    return median(seconds.slice(1)) * 1000;
  };
  const what = `${KERNELS} rows over ${HOSTS}`;
  const options = { machines: HOSTS, cycles: CYCLES, past, accelerator: 'tcg' };
  record.figure(`the order and the forecast, ${what}`, await cost(() => void schedule(rows, options)), 'ms of CPU');
  const id = { index: 7, total: HOSTS };
  record.figure(`the rows of one shard, ${what}`, await cost(() => void rowsOfShard(rows, CYCLES, id)), 'ms of CPU');
}

async function merging(record: Recorder, folder: string): Promise<void> {
  const each = KERNELS / HOSTS;
  const runs = join(folder, 'runs');
  let bytes = 0;
  for (let index = 1; index <= HOSTS; index++) {
    const run = join(runs, `s${index}`);
    mkdirSync(run, { recursive: true });
    const text = journalText(largeJournal(each, { index, total: HOSTS }));
    bytes += text.length;
    writeFileSync(join(run, 'journal.jsonl'), text);
  }
  record.figure(`${HOSTS} journals of ${each} rows`, bytes / 2 ** 20, 'MiB');
  const child = join(import.meta.dirname, 'merge-child.ts');
  const only = await usageOf(['--import', 'tsx', child, runs, String(HOSTS)], folder);
  if (only.code !== 0) throw new Error(only.stderr);
  const told = JSON.parse(only.stdout) as { read: number; merge: number };
  record.figure('reading them', told.read, 's of CPU');
  record.figure('merging them', told.merge, 's of CPU');
  record.figure('peak memory of reading and merging', only.maxRssMib, 'MiB');
  const names = Array.from({ length: HOSTS }, (_, i) => `s${i + 1}`);
  const main = join(import.meta.dirname, '../scripts/start.js');
  const whole = await usageOf([main, 'merge', ...names, '--into', 'all', '--runs-dir', runs], folder);
  if (whole.code === 2) throw new Error(whole.stderr);
  record.figure('npm run merge, every report included', whole.cpuSeconds, 's of CPU');
  record.figure('its peak memory', whole.maxRssMib, 'MiB');
}

function rowOf(index: number, cgroup: 'v1' | 'v2'): DebRow {
  return { source: 'deb', suite: 's', package: 'p', name: `k${index}`, cgroup, cmdline: [] };
}

/** Numbers from 0 to 1 that are the same each time (mulberry32), so that two versions of the program meet the same kernels. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Of median 1 (Box and Muller). */
function lognormal(random: () => number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(sigma * normal);
}
