/** The matrix as JSON for other programs: every fact of the journal's rows, and the verdicts with their evidence. */
import { jsonText } from '../base/text/json.js';
import type { Comparison } from '../compare/types.js';
import type { RowFacts, RunFacts } from '../journal/replay.js';
import { exitCode } from '../verdict/exit.js';
import type { KernelVerdict } from '../verdict/types.js';
import { reportRows } from './cells.js';
import { timeSpent } from './time-spent.js';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const REPORT_VERSION = 1;

/**
 * `facts` of a row holds the journal's events as they are, each with its `seq`; `commands` only their numbers, the
 * transcript has their text; `timeSpent` is in seconds. Null means not recorded.
 * @param transcripts relative file name of each kernel's transcript.
 * @param comparison with the run's baseline, if it has one.
 */
export function renderJson(
  facts: RunFacts,
  verdicts: readonly KernelVerdict[],
  transcripts: ReadonlyMap<string, string> = new Map(),
  comparison: Comparison | null = null,
): string {
  const report = {
    format: 'kernel-matrix/report',
    version: REPORT_VERSION,
    run: facts.run,
    profile: facts.profile,
    profileReason: facts.profileReason,
    startedAt: facts.startedAt,
    seconds: facts.finished?.seconds ?? null,
    resumed: facts.resumed.length,
    interrupted: facts.interrupted?.signal ?? null,
    tool: facts.tool,
    host: facts.host,
    image: facts.image,
    exitCode: exitCode(verdicts, facts.shard),
    shard: facts.shard,
    shards: facts.shards,
    kernels: reportRows(facts, verdicts).map(({ facts: row, verdict }) => ({
      name: row.kernel.name,
      verdict,
      transcript: transcripts.get(row.kernel.name) ?? null,
      facts: rowFacts(row),
      timeSpent: timeSpent(row),
    })),
    baseline: facts.baseline && { place: facts.baseline.place, sha256: facts.baseline.sha256 },
    comparison,
    plan: facts.plan,
  };
  return jsonText(report);
}

function rowFacts(row: RowFacts): Record<string, unknown> {
  const { commands, ...rest } = row;
  return { ...rest, commands: commands.map((command) => command.seq) };
}
