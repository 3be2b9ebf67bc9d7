import { Argument, Option } from 'commander';
import { compareRuns } from '../../compare/compare.js';
import { summarise } from '../../compare/summarise.js';
import { thresholdsOf } from '../../compare/thresholds.js';
import type { Comparison } from '../../compare/types.js';
import { loadPlan } from '../kernels-yaml.js';
import { renderComparisonMarkdown } from '../../report/comparison-markdown.js';
import { renderComparisonTerminal } from '../../report/comparison-terminal.js';
import { renderComparisonJson } from '../../report/comparison-json.js';
import { judgeRun } from '../../verdict/kernel.js';
import { summaryNamed } from '../baseline.js';
import { EXIT } from '../exit-codes.js';
import { findRun } from '../paths.js';
import { wantsColor } from '../live/choose.js';
import { factsOf } from '../reports.js';
import type { CliCommand } from '../command.js';
import { RUNS_DIR } from '../options.js';

export interface CompareOptions {
  runsDir: string;
  format: 'terminal' | 'markdown' | 'json';
  /** File to take the thresholds from, instead of the plan of the later run. */
  config?: string;
}

export const command: CliCommand = {
  arguments: [
    new Argument('<base>', 'the earlier run: id, folder, latest, or a baseline file'),
    new Argument('<run...>', 'the later runs; each is compared with the first'),
  ],
  options: [
    new Option('--format <format>', 'how to show it').choices(['terminal', 'markdown', 'json']).default('terminal'),
    new Option('--config <file>', 'take the thresholds (compare:) from this file instead of from the later run'),
    RUNS_DIR,
  ],
  help: `
A regression is a verdict for the worse (clean, reclaimable, leaks) of a kernel or a case, a refusal at an earlier cycle, or a
figure worse beyond the thresholds of compare: in kernels.yaml. A kernel that is new, gone, inconclusive or not measured is
named as such and is never a pass. Times are compared only where host, machines, cycles and tool are the same.

Exits with 4 if anything is worse, with 3 if a kernel was not measured or is inconclusive in one of the runs or none is in both, else
with 0. A known failure of the later run that was in force when it started does not count.

Examples:
  npm run compare -- 20270101-010000 latest
  npm run compare -- kernels.baseline.json latest --format markdown
`,
  run: compareCommand,
};

/**
 * `kernel-matrix compare <base> <run...>`: compares each run with the first, which may be a baseline file.
 * @returns 4 if one is worse, else 3 if a kernel cannot be compared (or none can), else 0.
 */
export async function compareCommand(base: string, runs: string[], options: CompareOptions): Promise<number> {
  const comparisons: Comparison[] = [];
  for (const run of runs) {
    const folder = findRun(run, options.runsDir);
    const facts = await factsOf(folder);
    if (facts.finished === null) {
      process.stderr.write(`run ${facts.run} is not finished: its rows without an end cannot be compared\n`);
    }
    const { compare } = options.config ? loadPlan(options.config, { profile: facts.profile }) : facts.plan;
    const earlier = await summaryNamed(base, options.runsDir, facts.profile);
    comparisons.push(compareRuns(earlier, summarise(facts, judgeRun(facts)), thresholdsOf(compare)));
  }
  process.stdout.write(render(comparisons, options.format));
  return exitOf(comparisons);
}

function render(comparisons: Comparison[], format: CompareOptions['format']): string {
  switch (format) {
    case 'json':
      return renderComparisonJson(comparisons, exitOf(comparisons));
    case 'markdown':
      return comparisons.map((comparison) => renderComparisonMarkdown(comparison)).join('\n');
    case 'terminal': {
      const options = { width: process.stdout.columns ?? 160, colour: wantsColor(process.stdout, process.env) };
      return comparisons.map((comparison) => renderComparisonTerminal(comparison, options)).join('\n');
    }
  }
}

/** New and gone kernels are changes of the list; a kernel that cannot be compared is not. */
function exitOf(comparisons: readonly Comparison[]): number {
  if (comparisons.some(({ regressions }) => regressions.length > 0)) return EXIT.regressed;
  const blind = ({ kernels }: Comparison) =>
    kernels.some(({ state }) => state === 'not-comparable') ||
    kernels.every(({ state }) => state === 'new' || state === 'gone');
  return comparisons.some(blind) ? EXIT.notMeasured : EXIT.expected;
}
