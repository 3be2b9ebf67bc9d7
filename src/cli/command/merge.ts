import { JournalError } from '../../journal/error.js';
import { readJournal } from '../../scenario/journal.js';
import { Argument, Option } from 'commander';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { copyInside, namesInside } from '../../host/copy-files.js';
import { partName, sweepParts } from '../../host/part-file.js';
import { UserError } from '../../host/user-error.js';
import { writeInside } from '../../host/write-file.js';
import { journalText } from '../../journal/lines.js';
import { damagedError, type ShardJournal } from '../../run/merge/parts.js';
import { mergeShards, type MergedPart } from '../../run/merge/merge.js';
import { kernelFolders, safeName } from '../../report/paths.js';
import { plain } from '../../base/text/plain.js';
import { takeBaseline } from '../baseline.js';
import { checkPlan } from '../kernels-yaml.js';
import { findRun, JOURNAL, newRunId } from '../paths.js';
import { parseReporters, REPORTER_HELP, refuseKept } from '../reporters.js';
import { report, unusable } from '../reports.js';
import { tool } from '../tool.js';
import type { CliCommand } from '../command.js';
import { CONFIG, REPORTER, RUNS_DIR } from '../options.js';

export interface MergeCommandOptions {
  into?: string;
  allowMissing: boolean;
  /** A run or a baseline file to compare with; true stands for the file beside kernels.yaml. */
  baseline?: string | true;
  config: string;
  reporter: string[];
  runsDir: string;
}

export const command: CliCommand = {
  arguments: [new Argument('<run...>', 'one of every shard: ids, or folders')],
  options: [
    new Option('--into <id>', 'name of the merged run (default: the time, and -merged)'),
    new Option('--baseline [run|file]', 'compare the whole with a run or a baseline file, as matrix --baseline does'),
    CONFIG,
    new Option('--allow-missing', 'merge what there is: rows of a missing shard were then not measured').default(false),
    REPORTER,
    RUNS_DIR,
  ],
  help: `
The rows are those of the whole plan, in its order. Each row is taken once: from the run that finished it, if another run of its
shard did not. Plans that differ are refused, with the first difference. Shards that are missing, unfinished, given twice or damaged
are named. Hosts and clocks of the shards are recorded in the merged journal and in matrix.md. A merged run can be neither resumed
nor merged again. The exit code is that of the whole run. --config is used to find the baseline only.

Example:
  npm run matrix -- --shard 1/2   on one host
  npm run matrix -- --shard 2/2   on another
  npm run merge -- runs/*-1of2 runs/*-2of2

${REPORTER_HELP}
`,
  run: merge,
};

/** `kernel-matrix merge <run…>`: makes one run of the runs of shards. @returns the exit code of its verdicts. */
export async function merge(names: string[], options: MergeCommandOptions): Promise<number> {
  const outputs = parseReporters(options.reporter);
  refuseKept(outputs, options.config);
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const folders = names.map((name) => findRun(name, options.runsDir));
  const run = newName(options);
  const { journals, torn } = await readAll(folders);
  const profile = journals.flatMap(({ events }) => (events[0]?.kind === 'run.started' ? [events[0].profile] : []))[0];
  const { baseline: named, config, runsDir } = options;
  const baseline = named && profile !== undefined ? await takeBaseline(named, { config, runsDir, profile }) : null;
  const { events, parts, notes } = mergeShards(journals, {
    checkPlan,
    run,
    at: new Date().toISOString(),
    tool: tool(),
    allowMissing: options.allowMissing,
    baseline,
  });
  for (const line of [...torn, ...notes]) note(plain(line));
  const folder = join(options.runsDir, run);
  mkdirSync(options.runsDir, { recursive: true });
  sweepParts(options.runsDir);
  // In the folder of runs, so that a rename puts it in place as a whole. A name that begins with a dot is no run.
  const stage = join(options.runsDir, partName(run));
  mkdirSync(stage);
  try {
    const folders = foldersOf(events);
    for (const part of parts) {
      for (const left of copyLogs(part, stage, folders, journals))
        note(plain(`left out ${left}: it is no file of the run`));
    }
    writeInside(stage, JOURNAL, journalText(events));
    renameSync(stage, folder);
  } catch (error) {
    rmSync(stage, { recursive: true, force: true });
    throw takenMeanwhile(error, run, folder);
  }
  const merged = parts.map((part) => dirname(part.file)).join(', ');
  note(`merged ${merged} into run ${run} in ${folder}`);
  return report(folder, { outputs, print: (text) => process.stdout.write(text), note });
}

/** @throws UserError if the name is not allowed, or taken. */
function newName({ into, runsDir }: MergeCommandOptions): string {
  if (into === undefined) return newRunId(runsDir, new Date(), '-merged');
  if (into !== safeName(into)) {
    throw new UserError({
      what: `--into: expected a name of letters, digits and . _ + -, got ${JSON.stringify(into)}`,
      kind: 'usage',
    });
  }
  if (!existsSync(join(runsDir, into))) return into;
  throw taken(into, join(runsDir, into));
}

function taken(into: string, folder: string, cause?: unknown): UserError {
  return new UserError({
    what: `--into: ${into} is there already`,
    where: resolve(folder),
    next: 'choose another name; nothing was changed',
    kind: 'usage',
    cause,
  });
}

/** Another merge may have taken the name meanwhile. */
function takenMeanwhile(error: unknown, run: string, folder: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const there = syscall === 'rename' && ['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(code ?? '');
  return there ? taken(run, folder, error) : error;
}

/** Folder of each row of a journal. */
function foldersOf(events: ShardJournal['events']): Map<string, string> {
  const [first] = events;
  return kernelFolders(first?.kind === 'run.started' ? first.plan.kernels.map(({ name }) => name) : []);
}

/** Reads all journals; `torn` has a line for each whose last line was torn by a kill. @throws UserError naming the damaged ones. */
async function readAll(folders: readonly string[]): Promise<{ journals: ShardJournal[]; torn: string[] }> {
  const journals: ShardJournal[] = [];
  const torn: string[] = [];
  const damaged: string[] = [];
  for (const folder of folders) {
    const file = join(folder, JOURNAL);
    try {
      const parsed = await readJournal(file);
      journals.push({ file, events: parsed.events });
      if (parsed.torn)
        torn.push(`${file}:${parsed.torn.line}: the last line was torn when its run was killed; left out`);
    } catch (error) {
      if (!(error instanceof JournalError)) throw unusable(error, file);
      damaged.push(error.message);
    }
  }
  if (damaged.length > 0) throw damagedError(damaged);
  return { journals, torn };
}

/**
 * Copies the logs of rows and of machines; a machine's log gets the name of the machine in the merged journal.
 * @returns what was left out: links, and anything else that is no file.
 */
function copyLogs(
  { file, prefix, kernels }: MergedPart,
  stage: string,
  folders: ReadonlyMap<string, string>,
  journals: readonly ShardJournal[],
): string[] {
  const from = dirname(file);
  const own = foldersOf(journals.find((each) => each.file === file)!.events);
  const left: string[] = [];
  const copy = (source: string, target: string, leave: readonly string[] = []) => {
    for (const each of copyInside({ root: from, name: source }, { root: stage, name: target }, leave)) left.push(each);
  };
  // The transcript is rendered again: its margin has the event numbers of the merged journal.
  for (const kernel of kernels) copy(own.get(kernel)!, folders.get(kernel)!, ['transcript.txt']);
  for (const name of namesInside(from, 'machines', left)) copy(`machines/${name}`, `machines/${prefix}-${name}`);
  return left;
}
