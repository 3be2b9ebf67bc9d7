/** Free slots over a churn case: the figures of its curve, and what is seen in it. */
import { count } from '../../../base/text/count.js';
import type { Curve, Probe } from '../../../document/document.js';
import type { CapacitySample, CaseNumber } from '../events.js';
import type { ChurnFacts } from '../facts.js';
import { accountedFor, runOutcome } from '../verdict/slots.js';
import type { ChurnVerdict } from '../verdict/types.js';

/** The curve of a churn case. */
export function curveOf(churn: ChurnFacts, verdict: ChurnVerdict): Curve {
  const before = churn.started.before;
  const probe = (cycle: number, sample: CapacitySample, refused: boolean): Probe => {
    const lost = Math.max(0, accountedFor(before) - accountedFor(sample));
    return {
      cycle,
      free: sample.capacity,
      inUse: Math.max(0, before.capacity - sample.capacity - lost),
      lost,
      lostHere: cycle === 0 ? 0 : (verdict.lostPerCycle[cycle - 1] ?? 0),
      refused,
    };
  };
  const probes = [
    probe(0, before, false),
    ...churn.cycles.map((cycle, i) => probe(i + 1, cycle.after, runOutcome(cycle.run).outcome === 'refused')),
  ];
  return {
    name: `case ${verdict.case}`,
    title: curveTitle(verdict.case, churn.started.limit),
    verdict: verdict.verdict,
    description: curveWords(probes),
    from: verdict.from,
    probes,
  };
}

/** `Case 3: containers with -m 100m`. */
function curveTitle(number: CaseNumber, limit: string | null): string {
  return `Case ${number}: containers ${limit === null ? 'without a memory limit' : `with -m ${limit}`}`;
}

/** More moves than this are told together. */
const MOVES_TOLD = 3;

/** What is seen in the curve, in two or three sentences. */
function curveWords(probes: readonly Probe[]): string {
  const first = probes[0];
  const last = probes.at(-1);
  if (first === undefined || last === undefined || probes.length === 1) return 'No cycle was made.';
  const said = [movesWords(probes)];
  if (last.inUse > 0) {
    said.push(`${count(last.inUse, 'slot')} ${last.inUse === 1 ? 'is' : 'are'} in use by a directory that lives on.`);
  }
  const lost =
    last.lost === 0 ? 'No slot is lost' : `${count(last.lost, 'slot')} lost: no living directory explains it`;
  const cameBack = last.lost === 0 && probes.some((probe) => probe.lostHere > 0);
  said.push(cameBack ? 'What was lost on the way came back.' : `${lost}.`);
  const refused = probes.find((probe) => probe.refused);
  if (refused !== undefined) said.push(`Creation ${refused.cycle} is refused.`);
  return said.join(' ');
}

function movesWords(probes: readonly Probe[]): string {
  const moves = probes.flatMap((probe, i) => {
    const from = probes[i - 1]?.free ?? probe.free;
    return from === probe.free ? [] : [{ from, to: probe.free, cycle: probe.cycle }];
  });
  const [first, last] = [moves[0], moves.at(-1)];
  const end = probes.at(-1)?.cycle ?? 0;
  if (first === undefined || last === undefined) {
    return `Free slots stay at ${probes[0]?.free ?? 0} through ${count(end, 'cycle')}.`;
  }
  const stays = last.cycle < end ? ' and stay there' : '';
  const verb = (move: { from: number; to: number }) => (move.to < move.from ? 'fall' : 'rise');
  if (moves.length > MOVES_TOLD) {
    return `Free slots ${verb({ from: first.from, to: last.to })} from ${first.from} to ${last.to} in cycles ${first.cycle} to ${last.cycle}${stays}.`;
  }
  const told = moves.map((move) => `${verb(move)} from ${move.from} to ${move.to} at cycle ${move.cycle}`);
  return `Free slots ${told.join(', ')}${stays}.`;
}
