/** A run's summary: the facts and verdicts that are compared with another run. */
import type { RowFacts, RunFacts } from '../run-events/facts.js';
import { SUMMARY_VERSION, type KernelSummary, type RunSummary } from '../run-events/run-summary.js';
import { factsOfScenario, scenariosOf } from '../scenario/index.js';
import { ownOf } from '../verdict/own.js';
import { markInForce } from '../verdict/status.js';
import type { KernelVerdict } from '../verdict/types.js';

/**
 * Summarises a run.
 * @param verdicts of the same run.
 * @throws Error if a row has no verdict.
 */
export function summarise(facts: RunFacts, verdicts: readonly KernelVerdict[]): RunSummary {
  const machine = facts.rows.find((row) => row.machine !== null)?.machine ?? null;
  const byName = new Map(verdicts.map((verdict) => [verdict.kernel, verdict]));
  const scenarios = scenariosOf(facts.plan);
  return {
    format: 'kernel-matrix/summary',
    version: SUMMARY_VERSION,
    run: facts.run,
    profile: facts.profile,
    startedAt: facts.startedAt,
    tool: `${facts.tool.name} ${facts.tool.version}`,
    host: { ...facts.host },
    settings: Object.fromEntries(scenarios.flatMap(({ view }) => Object.entries(view.settings(facts.plan)))),
    jobs: facts.plan.jobs,
    machine: machine && {
      provider: machine.provider,
      accelerator: machine.accelerator,
      cpus: machine.cpus,
      memoryMib: machine.memoryMib,
    },
    runtime: runtimeOf(facts),
    kernels: facts.rows.map((row) => {
      const verdict = byName.get(row.kernel.name);
      if (verdict === undefined) throw new Error(`no verdict for kernel ${row.kernel.name}: judge the same run`);
      return summariseKernel(row, verdict, facts);
    }),
  };
}

/** Of the first row that tells it. */
function runtimeOf({ rows, plan }: RunFacts): string | null {
  for (const row of rows) {
    for (const scenario of scenariosOf(plan)) {
      const runtime = scenario.view.runtime(factsOfScenario(scenario, row));
      if (runtime !== null) return runtime;
    }
  }
  return null;
}

function summariseKernel(row: RowFacts, verdict: KernelVerdict, { plan, startedAt }: RunFacts): KernelSummary {
  const mark = row.kernel.known_failure;
  const booted = row.boot !== null && (row.boot.saved ?? null) === null;
  // To milliseconds, so that a baseline file has no digits that mean nothing.
  const seconds = booted ? [Math.round(row.boot!.seconds * 1000) / 1000] : [];
  return {
    kernel: row.kernel.name,
    release: row.boot?.release ?? null,
    verdict: verdict.verdict,
    expected: verdict.expected,
    knownFailure: mark && markInForce(mark, startedAt) ? { reason: mark.reason, until: mark.until } : null,
    samples: [{ figure: 'boot_seconds', case: null, values: seconds }],
    scenarios: Object.fromEntries(
      scenariosOf(plan).map((scenario) => [scenario.id, scenario.view.summary(ownOf(scenario, row, verdict))]),
    ),
  };
}
