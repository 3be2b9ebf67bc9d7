/** The scenarios that there are. */
import type { RowFacts, ScenarioId } from '../run-events/facts.js';
import { cgroupSlots } from './cgroup-slots/index.js';
import type { AnyScenario } from './scenario.js';

export const SCENARIOS: AnyScenario[] = [cgroupSlots];

/** Those that a plan asks for, in its order; the first of the table if it does not say. Those that are not known are left out. */
export function scenariosOf({ scenarios }: { scenarios?: readonly string[] | undefined }): readonly AnyScenario[] {
  return (scenarios ?? [SCENARIOS[0]!.id]).flatMap((id) => SCENARIOS.filter((each) => each.id === id));
}

/** What a row's journal has of a scenario, in the scenario's own shape. */
export function factsOfScenario(scenario: AnyScenario, row: Pick<RowFacts, 'scenarios'>): unknown {
  return (row.scenarios as Partial<Record<ScenarioId, unknown>>)[scenario.id] ?? scenario.empty();
}

/** The scenario that has events of a kind; undefined if none has. */
export function scenarioOfEvent(kind: string): AnyScenario | undefined {
  return SCENARIOS.find(({ events }) => Object.hasOwn(events, kind));
}
