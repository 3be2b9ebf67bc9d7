/** A run's summary: the facts and verdicts that are compared with another run. */
import type { ChurnFacts, RowFacts, RunFacts } from '../journal/replay.js';
import type { CaseSummary, KernelSummary, RunSummary } from '../journal/run-summary.js';
import { SUMMARY_VERSION } from '../journal/run-summary.js';
import { markInForce } from '../verdict/status.js';
import { runOutcome } from '../verdict/slots.js';
import type { Aftermath, ChurnVerdict, KernelVerdict } from '../verdict/types.js';

/**
 * Summarises a run. Figures are rounded (times to milliseconds, memory to bytes), so that a baseline file has no meaningless digits.
 * @param verdicts of the same run.
 * @throws Error if a row has no verdict.
 */
export function summarise(facts: RunFacts, verdicts: readonly KernelVerdict[]): RunSummary {
  const machine = facts.rows.find((row) => row.machine !== null)?.machine ?? null;
  const byName = new Map(verdicts.map((verdict) => [verdict.kernel, verdict]));
  const docker = facts.rows.find((row) => row.cleaned !== null)?.cleaned?.docker ?? null;
  return {
    format: 'kernel-matrix/summary',
    version: SUMMARY_VERSION,
    run: facts.run,
    profile: facts.profile,
    startedAt: facts.startedAt,
    tool: `${facts.tool.name} ${facts.tool.version}`,
    host: { ...facts.host },
    sequence: { cycles: facts.plan.sequence.cycles, limit: facts.plan.sequence.limit },
    jobs: facts.plan.jobs,
    machine: machine && {
      provider: machine.provider,
      accelerator: machine.accelerator,
      cpus: machine.cpus,
      memoryMib: machine.memoryMib,
    },
    docker: docker && `${docker.server}, runc ${docker.runc}, ${docker.storageDriver}`,
    kernels: facts.rows.map((row) => {
      const verdict = byName.get(row.kernel.name);
      if (verdict === undefined) throw new Error(`no verdict for kernel ${row.kernel.name}: judge the same run`);
      return summariseKernel(row, verdict, facts.startedAt);
    }),
  };
}

function summariseKernel(row: RowFacts, verdict: KernelVerdict, startedAt: string): KernelSummary {
  const mark = row.kernel.known_failure;
  const bytes = verdict.memory?.bytesPerCgroup ?? null;
  return {
    kernel: row.kernel.name,
    release: row.boot?.release ?? null,
    verdict: verdict.verdict,
    expected: verdict.expected,
    knownFailure: mark && markInForce(mark, startedAt) ? { reason: mark.reason, until: mark.until } : null,
    exhaustionErrno: row.exhausted?.errno?.name ?? null,
    aftermath: aftermathWords(verdict.aftermath),
    cases: [summariseCase(verdict.case2, row.case2, row), summariseCase(verdict.case3, row.case3, row)],
    samples: {
      capacity: row.exhausted?.errno ? [row.exhausted.made] : [],
      bytesPerCgroup: bytes === null ? [] : [Math.round(bytes)],
      bootSeconds: row.boot === null || (row.boot.saved ?? null) !== null ? [] : [milliseconds(row.boot.seconds)],
    },
  };
}

function summariseCase(verdict: ChurnVerdict, facts: ChurnFacts | null, row: RowFacts): CaseSummary {
  const cycles = (facts?.cycles ?? []).map((cycle, i) => ({ cycle, lost: verdict.lostPerCycle[i] ?? 0 }));
  const completed = cycles.filter(({ cycle }) => runOutcome(cycle.run).outcome === 'created');
  return {
    case: verdict.case,
    verdict: verdict.verdict,
    completed: verdict.completed,
    refusedAtCycle: verdict.refusedAtCycle,
    errno: verdict.refusalErrno,
    samples: {
      lostPerCycle: completed.map(({ lost }) => lost),
      secondsPerCycle: completed.map(({ cycle }) => milliseconds(cycleSeconds(cycle.run, row))),
    },
  };
}

/** Seconds of docker run, plus docker rm if the journal names it as part of the cycle. */
function cycleSeconds(run: ChurnFacts['cycles'][number]['run'], row: RowFacts): number {
  const named = [...new Set(run.from)].sort((a, b) => a - b);
  return named.reduce((sum, seq) => sum + (row.commands.removals.get(seq) ?? 0), run.seconds);
}

function aftermathWords(aftermath: Aftermath | null): string | null {
  if (aftermath === null) return null;
  return aftermath.errno === null ? aftermath.outcome : `${aftermath.outcome} ${aftermath.errno}`;
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
