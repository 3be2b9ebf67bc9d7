import type { Answer, Own } from '../scenario/answer.js';
import type { RowFacts, ScenarioId } from '../run-events/facts.js';
import { factsOfScenario } from '../scenario/index.js';
import type { AnyScenario } from '../scenario/scenario.js';
import type { KernelVerdict } from './types.js';

/** A row and its verdict as a scenario sees them. @throws Error if the scenario was not judged. */
export function ownOf(scenario: AnyScenario, row: RowFacts, verdict: KernelVerdict): Own<unknown, Answer> {
  const answer = (verdict.answers as Partial<Record<ScenarioId, Answer>>)[scenario.id];
  if (answer === undefined) throw new Error(`${verdict.kernel} was not judged by scenario ${scenario.id}`);
  return { row, facts: factsOfScenario(scenario, row), answer };
}
