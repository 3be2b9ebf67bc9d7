/** The matrix as JSON for other programs: every fact of the journal's rows, and the verdicts with their evidence. */
import type { RowFacts } from '../run-events/facts.js';
import { jsonText } from '../base/text/json.js';
import { exitCode } from '../verdict/exit.js';
import type { ReportInput } from './input.js';
import { timeSpent } from './time-spent.js';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
const REPORT_VERSION = 2;

/**
 * The report, a piece a kernel. `facts` of a row holds the journal's events, each with its `seq`, texts of guests only as long as
 * replay keeps them; `commands` only their numbers, the transcript has their text; `timeSpent` is in seconds. Null means not
 * recorded.
 */
export function* jsonPieces({ facts, verdicts, rows, transcripts, comparison }: ReportInput): Generator<string, void> {
  const before = {
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
  };
  const after = {
    baseline: facts.baseline && { place: facts.baseline.place, sha256: facts.baseline.sha256 },
    comparison,
    plan: facts.plan,
  };
  yield `${inner(before)},\n  "kernels": [`;
  let separator = '\n    ';
  for (const { facts: row, verdict } of rows) {
    const kernel = {
      name: row.kernel.name,
      verdict,
      transcript: transcripts.get(row.kernel.name) ?? null,
      facts: rowFacts(row),
      timeSpent: timeSpent(row),
    };
    yield `${separator}${jsonText(kernel).trimEnd().replaceAll('\n', '\n    ')}`;
    separator = ',\n    ';
  }
  yield `${facts.rows.length === 0 ? '' : '\n  '}],${inner(after).slice(1)}\n}\n`;
}

/** An object's text without the brace that ends it. */
function inner(value: object): string {
  return jsonText(value).slice(0, -'\n}\n'.length);
}

function rowFacts(row: RowFacts): Record<string, unknown> {
  return { ...row, commands: [...row.commands.numbers] };
}
