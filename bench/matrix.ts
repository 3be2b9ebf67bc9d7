/** The whole matrix as a user runs it: nothing cached, machines prepared; one job and two; and the plain way. */
import { slotsOf } from '../src/scenario/cgroup-slots/facts.js';
import { readJournal, replay } from '../src/scenario/journal.js';
import type { RowFacts, RunFacts } from '../src/run-events/facts.js';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPlan } from '../src/cli/kernels-yaml.js';
import { timeSpent } from '../src/report/time-spent.js';
import { judgeRun } from '../src/verdict/kernel.js';
import { pairsOf } from './compare.js';
import { plainWay } from './plain.js';
import type { Recorder } from './results.js';
import type { Subject } from './subject.js';
import { usageOf, type Usage } from './usage.js';

const PROJECT = join(import.meta.dirname, '..');
/** Some of the kernels below, by name, for a host on which all of them take too long. */
const CHOSEN = process.env['BENCH_KERNELS'];
const ONLY = CHOSEN === undefined ? [] : ['--kernels', CHOSEN];
/** The two that two jobs would have. */
const CORES = [0, 1];
/** One cycle a case: what a cycle costs is Docker's, and the same in every way that is compared. */
const CONFIG = `version: 1
profiles:
  bench:
    machine: { provider: qemu, cpus: 1, disk_bus: virtio }
    guest: { os: debian }
    sequence: { cycles: 1 }
    kernels:
      - { name: '5.10', source: deb, suite: bullseye-security, package: 'linux-image-5.10.*-cloud-amd64', expect: clean }
      - { name: '6.1', source: deb, suite: bookworm-security, package: 'linux-image-6.1.*-cloud-amd64', expect: clean }
      - { name: 6.1-v2, source: deb, suite: bookworm-security, package: 'linux-image-6.1.*-cloud-amd64', cgroup: v2, expect: clean }
      - { name: '6.12', source: deb, suite: bookworm-security, package: 'linux-image-6.12.*-cloud-amd64', cgroup: v2, expect: clean }
`;

export const matrix: Subject = {
  about:
    'whole matrices of 1 to 4 kernels: nothing cached and prepared machines, one job and two, and the plain way (half an hour, twice that on a slow host; BENCH_KERNELS=5.10,6.1 for some)',
  slow: true,
  async run(record, folder) {
    const bench = new MatrixBench(folder);
    const cold = await bench.run('cold', ['--jobs', '2', ...ONLY]);
    const one = await bench.run('one', ['--jobs', '1', ...ONLY]);
    const order = one.facts.rows.toSorted((a, b) => a.started!.seq - b.started!.seq);
    const shortest = order.toSorted((a, b) => rowSeconds(a) - rowSeconds(b))[0]!.kernel.name;
    // What two jobs can gain depends on what the second core is worth, which differs from host to host.
    for (const core of CORES) {
      const pinned = await bench.run(`core-${core}`, ['--jobs', '1', '--kernels', shortest], core);
      record.figure(`${shortest}, nothing beside it, on core ${core} alone`, rowSeconds(pinned.facts.rows[0]!), 's');
    }
    const two = new Map<number, Run>();
    for (let n = Math.min(2, order.length); n <= order.length; n++) {
      const names = order.slice(0, n).map(({ kernel }) => kernel.name);
      two.set(n, await bench.run(`two-${n}`, ['--jobs', '2', '--kernels', names.join(',')]));
    }
    const all = kernels(order.length);
    const hot = two.get(order.length)!;
    record.figure(`${all}, 2 jobs, nothing cached`, cold.usage.wallSeconds, 's');
    record.figure(`${all}, 2 jobs, prepared machines`, hot.usage.wallSeconds, 's');
    const ready = 'until the first kernel is ready to be measured';
    record.figure(`${ready}, nothing cached`, untilReady(cold.facts), 's');
    record.figure(`${ready}, image cached`, untilReady(cold.facts) - untilImage(cold.facts), 's');
    record.figure(`${ready}, prepared machines`, untilReady(hot.facts), 's');
    tellOwnShare(record, one, `${all}, 1 job`);
    const ours = order.map(rowSeconds);
    for (const [n, both] of two) {
      // No split is shorter than the longest row, and rows that run beside each other may take longer than alone.
      const beside = both.facts.rows.map(rowSeconds);
      record.figure(`${kernels(n)}, 1 job: the longest row`, Math.max(...ours.slice(0, n)), 's');
      record.figure(`${kernels(n)}, 2 jobs: the longest row`, Math.max(...beside), 's');
      record.figure(`${kernels(n)}, 2 jobs: rows added up`, sum(beside), 's');
      // A machine that had to boot, as its snapshot did not start, does not compare with saved ones.
      if (!both.facts.rows.every(({ boot }) => boot?.saved)) continue;
      const alone = { name: '1 job', seconds: [sum(ours.slice(0, n))] };
      record.pair(pairsOf(kernels(n), 'wall', alone, { name: '2 jobs', seconds: [both.usage.wallSeconds] }));
    }

    // The longest comes last, so that what was measured before it has been shown.
    const booted = order.map(({ kernel }) => cold.facts.rows.find((row) => row.kernel.name === kernel.name)!);
    // Of the same kernels, so that its disk is the one that is made already.
    const plan = loadPlan(bench.config, { profile: 'bench', kernels: CHOSEN });
    const theirs = await plainWay(folder, plan, booted);
    for (let n = 1; n <= order.length; n++) {
      record.figure(`${kernels(n)}, the plain way`, sum(theirs.slice(0, n)), 's');
      record.figure(`${kernels(n)}, 1 job`, sum(ours.slice(0, n)), 's');
      const both = two.get(n);
      if (both) record.figure(`${kernels(n)}, 2 jobs`, both.usage.wallSeconds, 's');
    }
    record.pair(
      pairsOf(
        'a kernel',
        'wall',
        { name: 'the plain way', seconds: theirs },
        { name: 'prepared machines, 1 job', seconds: ours },
      ),
    );
  },
};

interface Run {
  facts: RunFacts;
  usage: Usage;
}

class MatrixBench {
  readonly config: string;

  constructor(private readonly folder: string) {
    this.config = join(folder, 'kernels.yaml');
    writeFileSync(this.config, CONFIG);
    // For this process too, which starts the machine of the plain way.
    process.env['KERNEL_MATRIX_CACHE'] = join(folder, 'cache');
  }

  async run(name: string, words: string[], core?: number): Promise<Run> {
    const runs = join(this.folder, name);
    mkdirSync(runs);
    const program = [join(PROJECT, 'scripts/start.js'), 'matrix', '--config', this.config];
    const usage = await usageOf([...program, '--runs-dir', runs, ...words], this.folder, {
      cwd: PROJECT,
      ...(core === undefined ? {} : { core }),
    });
    if (usage.code !== 0) throw new Error(`${name}: exit code ${usage.code}\n${usage.stderr}${usage.stdout}`);
    const file = join(runs, readdirSync(runs)[0]!, 'journal.jsonl');
    const facts = replay((await readJournal(file)).events, file);
    const odd = judgeRun(facts).filter(({ verdict }) => verdict !== 'clean');
    if (odd.length > 0) throw new Error(`${name}: ${odd.map(({ kernel, verdict }) => `${kernel} ${verdict}`).join()}`);
    console.log(`  ${name}: ${Math.round(usage.wallSeconds)} s`);
    return { facts, usage };
  }
}

/** From the start of the program's run to the first row whose machine is prepared. */
function untilReady({ rows, startedAt }: RunFacts): number {
  const ready = rows.map((row) => Date.parse(slotsOf(row).cleaned!.at));
  return (Math.min(...ready) - Date.parse(startedAt)) / 1000;
}

/** Downloads and the image; the machines start after that. */
function untilImage({ image, startedAt }: RunFacts): number {
  return (Date.parse(image!.at) - Date.parse(startedAt)) / 1000;
}

/** Of the wall time of a run with one job: what is neither the guest's boot nor a command in it. */
function tellOwnShare(record: Recorder, { facts, usage }: Run, run: string): void {
  const spent = facts.rows.map((row) => timeSpent(row)!);
  const guests = sum(spent.map((each) => each.boot + each.docker + each.directories + each.otherCommands));
  record.figure(`${run}: Docker`, sum(spent.map(({ docker }) => docker)), 's');
  record.figure(`${run}: directories`, sum(spent.map(({ directories }) => directories)), 's');
  record.figure(`${run}: the guests' own time`, guests, 's');
  record.figure(`${run}: the rest of wall time`, (100 * (usage.wallSeconds - guests)) / usage.wallSeconds, '%');
  record.figure(`${run}: CPU of the program`, usage.cpuSeconds, 's');
  record.figure(`${run}: its peak memory`, usage.maxRssMib, 'MiB');
}

function rowSeconds({ outcome }: RowFacts): number {
  return outcome!.seconds;
}

function kernels(n: number): string {
  return n === 1 ? '1 kernel' : `${n} kernels`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
