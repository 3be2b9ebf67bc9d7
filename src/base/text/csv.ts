/** Fields of CSV (RFC 4180) that a spreadsheet shows and never runs. */
import { shortLine } from './short-line.js';

/**
 * Where a spreadsheet would begin a formula: at the start, after quotes and spaces too, and after what it may take for the
 * end of a cell (OWASP, "CSV Injection"). The full-width signs are taken for formulas in East Asian settings.
 */
const FORMULA = /(^|;)([\s"']*)(?=[=+\-@＝＋－＠])/g;

/** A value as one field. Numbers and truths are this program's own; text is one plain line, an apostrophe before a formula's start. */
export function csvField(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = shortLine(value).replace(FORMULA, "$1$2'");
  return /[",;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
