/** What the scenario says of a kernel. */
import type { Answer, Check } from '../../answer.js';
import { count } from '../../../base/text/count.js';
import type { CaseNumber } from '../events.js';
import { caseKey, type SlotsFacts } from '../facts.js';
import { CHECK_WORDS, calibrationCheck, case1Check, exhaustionCheck, holdCheck, judgeAftermath } from './checks.js';
import { judgeChurn, unjudged } from './churn.js';
import { explainNumCgroups } from './explain.js';
import { kernelMemory } from './memory.js';
import { judgeRecovery, type Recovery } from './recovery.js';
import type { ChurnVerdict, SlotsAnswer } from './types.js';

/**
 * Judges one kernel. The verdict is the worst of the churn cases: a proven leak stands whatever the other case shows,
 * and an inconclusive case outweighs a milder verdict, since it might have been worse. A check that misbehaves makes the
 * kernel inconclusive; a step that is not recorded makes a note.
 */
export function judgeSlots(facts: SlotsFacts, failure: string | null): SlotsAnswer {
  const recovery = judgeRecovery(facts);
  const case2 = judgeCase(2, facts, recovery, failure);
  const case3 = judgeCase(3, facts, recovery, failure);
  const sameLimit = facts.hold?.holder.limit === null ? case2 : case3;
  const checks = [
    exhaustionCheck(facts),
    calibrationCheck(facts),
    case1Check(facts),
    holdCheck(facts, (sameLimit.lost ?? 0) > 0),
  ];
  const parts = {
    case2,
    case3,
    checks,
    aftermath: judgeAftermath(facts),
    recovery,
    explanation: explainNumCgroups(facts),
    memory: facts.exhausted === null ? null : kernelMemory(facts.exhausted),
  };
  if (failure !== null) return { ...parts, verdict: 'not-measured', reasons: [], notes: [] };
  const misbehaving = checks.filter(({ status }) => status === 'misbehaves');
  const verdict = misbehaving.length > 0 ? 'inconclusive' : worst(case2, case3);
  return {
    ...parts,
    verdict,
    reasons: verdict === 'inconclusive' ? whyInconclusive(misbehaving, case2, case3) : [],
    notes: notesOf(parts),
  };
}

function judgeCase(number: CaseNumber, facts: SlotsFacts, recovery: Recovery, failure: string | null): ChurnVerdict {
  const judged = judgeChurn(number, facts[caseKey(number)], recovery);
  if (failure === null) return judged;
  if (judged.verdict === 'not-recorded') return { ...unjudged(number), reasons: [failure] };
  return { ...judged, verdict: 'not-measured', reasons: [failure] };
}

function worst(...cases: ChurnVerdict[]): Answer['verdict'] {
  for (const word of ['leaks', 'inconclusive', 'reclaimable', 'clean'] as const) {
    if (cases.some((one) => one.verdict === word)) return word;
  }
  return 'inconclusive';
}

function whyInconclusive(misbehaving: Check[], ...cases: ChurnVerdict[]): string[] {
  const churn = cases
    .filter((one) => one.verdict === 'inconclusive')
    .flatMap((one) => one.reasons.map((reason) => `case ${one.case}: ${reason}`));
  const reasons = [...misbehaving.map(({ name, detail }) => `${CHECK_WORDS[name]}: ${detail}`), ...churn];
  return reasons.length > 0 ? reasons : ['no churn case is recorded'];
}

function notesOf(of: Pick<SlotsAnswer, 'case2' | 'case3' | 'checks' | 'aftermath' | 'recovery'>): string[] {
  const notes: string[] = [];
  const absent: string[] = [];
  for (const { name, status, missing } of of.checks) {
    if (status === 'not-recorded') absent.push(CHECK_WORDS[name]!);
    else if (missing !== null) absent.push(`${missing} in ${CHECK_WORDS[name]}`);
  }
  for (const one of [of.case2, of.case3]) {
    if (one.verdict === 'not-recorded') absent.push(`case ${one.case}`);
    for (const note of one.notes) notes.push(`case ${one.case}: ${note}`);
  }
  if (of.aftermath === null) absent.push('the aftermath');
  else if (of.aftermath.lost > 0) notes.push(`the aftermath's container lost ${count(of.aftermath.lost, 'slot')} too`);
  const churnLost = (of.case2.lost ?? 0) + (of.case3.lost ?? 0);
  if (!of.recovery.recorded) absent.push('recovery');
  else if (churnLost === 0 && (of.recovery.missingAfterDropCaches ?? 0) > 0) {
    notes.push(`${count(of.recovery.missingAfterDropCaches ?? 0, 'slot')} missing at the end that no churn cycle lost`);
  }
  return absent.length === 0 ? notes : [...notes, `not recorded: ${absent.join(', ')}`];
}
