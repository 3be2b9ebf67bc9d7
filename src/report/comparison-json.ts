/** Comparisons as JSON for other programs: the values that every rendering is made from. */
import { jsonText } from '../base/text/json.js';
import type { Comparison } from '../compare/types.js';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
const COMPARISON_VERSION = 1;

export function renderComparisonJson(comparisons: readonly Comparison[], exitCode: number): string {
  const document = { format: 'kernel-matrix/comparison', version: COMPARISON_VERSION, exitCode, comparisons };
  return jsonText(document);
}
