import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../../host/user-error.js';
import { journalText } from '../../journal/lines.js';
import { damagedError, type ShardJournal } from '../../journal/merge-parts.js';
import { mergeShards, type MergedPart } from '../../journal/merge.js';
import { JournalError, readJournal } from '../../journal/read.js';
import { replay } from '../../journal/replay.js';
import { safeName, transcriptPaths } from '../../report/paths.js';
import { plain } from '../../base/text/plain.js';
import { takeBaseline } from '../baseline.js';
import { findRun, JOURNAL, newRunId } from '../paths.js';
import { parseReporters } from '../reporters.js';
import { report, unusable } from '../reports.js';
import { tool } from '../tool.js';

export interface MergeCommandOptions {
  into?: string;
  allowMissing: boolean;
  /** A run or a baseline file to compare the whole with; true: the file beside kernels.yaml. */
  baseline?: string | true;
  config: string;
  reporter: string[];
  runsDir: string;
}

/** `kernel-matrix merge <run…>`: makes one run of the runs of shards; returns what its verdicts say to exit with. */
export async function merge(names: string[], options: MergeCommandOptions): Promise<number> {
  const outputs = parseReporters(options.reporter);
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const folders = names.map((name) => findRun(name, options.runsDir));
  const run = newName(options);
  const { journals, torn } = await readAll(folders);
  const profile = journals.flatMap(({ events }) => (events[0]?.kind === 'run.started' ? [events[0].profile] : []))[0];
  const { baseline: named, config, runsDir } = options;
  const baseline = named && profile !== undefined ? await takeBaseline(named, { config, runsDir, profile }) : null;
  const { events, parts, notes } = mergeShards(journals, {
    run,
    at: new Date().toISOString(),
    tool: tool(),
    allowMissing: options.allowMissing,
    baseline,
  });
  for (const line of [...torn, ...notes]) note(plain(line));
  const folder = join(options.runsDir, run);
  // Beside the other runs, so that it can be renamed into place whole; a name with a dot is no run.
  const stage = join(options.runsDir, `.merging-${process.pid}`);
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  try {
    const transcripts = transcriptPaths(replay(events));
    for (const part of parts) copyLogs(part, stage, transcripts);
    writeFileSync(join(stage, JOURNAL), journalText(events), { flush: true });
    renameSync(stage, folder);
  } catch (error) {
    rmSync(stage, { recursive: true, force: true });
    throw error;
  }
  const merged = parts.map((part) => dirname(part.file)).join(', ');
  note(`merged ${merged} into run ${run} in ${folder}`);
  return report(folder, { outputs, print: (text) => process.stdout.write(text), note });
}

/** @throws UserError if the name asked for is no name, or taken. */
function newName({ into, runsDir }: MergeCommandOptions): string {
  if (into === undefined) return newRunId(runsDir, new Date(), '-merged');
  if (into !== safeName(into)) {
    throw new UserError({
      what: `--into: expected a name of letters, digits and . _ + -, got ${JSON.stringify(into)}`,
      exitCode: 2,
    });
  }
  if (!existsSync(join(runsDir, into))) return into;
  throw new UserError({
    what: `--into: ${into} is there already`,
    where: resolve(runsDir, into),
    next: 'choose another name; nothing was changed',
    exitCode: 2,
  });
}

/** Every journal; and what is to be said of those whose last line was torn by a kill. @throws UserError naming the damaged. */
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

/** Consoles of rows go beside their transcripts; those of machines get the names the machines have in the merged journal. */
function copyLogs(
  { file, prefix, kernels }: MergedPart,
  stage: string,
  transcripts: ReadonlyMap<string, string>,
): void {
  const from = dirname(file);
  for (const kernel of kernels) {
    const source = join(from, 'kernels', safeName(kernel));
    const target = join(stage, dirname(transcripts.get(kernel)!));
    // The transcript is made anew from the merged journal, whose numbers it has in its margin.
    if (existsSync(source))
      cpSync(source, target, { recursive: true, filter: (path) => !path.endsWith('/transcript.txt') });
  }
  const machines = join(from, 'machines');
  for (const name of existsSync(machines) ? readdirSync(machines) : []) {
    cpSync(join(machines, name), join(stage, 'machines', `${prefix}-${name}`), { recursive: true });
  }
}
