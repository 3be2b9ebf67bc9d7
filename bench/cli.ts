/** The program as users start it: what of its time is starting up. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './compare.js';
import { REAL } from './large-journal.js';
import type { Recorder } from './results.js';
import type { Subject } from './subject.js';
import { usageOf, type Usage } from './usage.js';

const PROJECT = join(import.meta.dirname, '..');
const ROUNDS = 5;

export const cli: Subject = {
  about: 'start-up of --help and of report of a real run, from the sources and as built: time, CPU, memory',
  async run(record, folder) {
    const run = join(folder, 'runs', 'real');
    mkdirSync(run, { recursive: true });
    cpSync(REAL, join(run, 'journal.jsonl'));
    const dist = join(folder, 'dist');
    execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', dist], { cwd: PROJECT });
    // Its dependencies are looked for beside it, its own name and version above it.
    cpSync(join(PROJECT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    const sources = [join(PROJECT, 'scripts/start.js')];
    const built = [join(dist, 'cli/main.js')];
    const report = ['report', 'real', '--runs-dir', join(folder, 'runs')];
    const dryRun = ['matrix', '--dry-run', '--profile', 'embedded'];
    const programs: Program[] = [
      { name: 'node alone', words: ['-e', ''] },
      { name: '--help, from the sources', words: [...sources, '--help'] },
      { name: '--help, as built', words: [...built, '--help'] },
      { name: 'report of three kernels, from the sources', words: [...sources, ...report] },
      { name: 'report of three kernels, as built', words: [...built, ...report] },
      { name: 'matrix --dry-run, from the sources', words: [...sources, ...dryRun] },
      { name: 'matrix --dry-run, as built', words: [...built, ...dryRun] },
    ];
    await inTurn(programs, folder, record);
  },
};

interface Program {
  name: string;
  words: string[];
}

async function inTurn(programs: Program[], folder: string, record: Recorder): Promise<void> {
  const uses = new Map<string, Usage[]>(programs.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, words } of programs) {
      const used = await usageOf(words, folder, { cwd: PROJECT });
      if (used.code !== 0) throw new Error(`${name}: exit code ${used.code}\n${used.stderr}`);
      // The first makes the bundle of the sources.
      if (round > 0) uses.get(name)!.push(used);
    }
  }
  for (const [name, used] of uses) {
    record.figure(`${name}: CPU`, median(used.map(({ cpuSeconds }) => cpuSeconds)) * 1000, 'ms');
    record.figure(`${name}: wall, shortest`, Math.min(...used.map(({ wallSeconds }) => wallSeconds)) * 1000, 'ms');
    record.figure(`${name}: peak memory`, median(used.map(({ maxRssMib }) => maxRssMib)), 'MiB');
  }
}
