import type { Block } from '../document/document.js';
import type { AnyScenario } from '../scenario/scenario.js';
import type { ReportRow } from './input.js';

/** What each scenario says of several kernels together. */
export function overviewBlocks(rows: readonly ReportRow[]): Block[] {
  const scenarios: AnyScenario[] = rows[0]?.scenarios.map(({ scenario }) => scenario) ?? [];
  return scenarios.flatMap((scenario, i) => scenario.view.overview(rows.map((row) => row.scenarios[i]!.own)));
}
