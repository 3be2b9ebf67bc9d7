import { redact } from '../host/redact.js';
import type { Path } from './tree.js';

/** A rule that is broken. `got` is left out where the value at the path says it. */
export interface Breach {
  path: Path;
  expected: string;
  got?: string;
  /** The fault is in the key, not in the value. */
  atKey?: boolean;
}

/** A map as it was written: nothing is known of its values. */
export type Loose = Record<string, unknown>;

/** A value in a message: a plain word as it is, anything else as JSON, cut at 80 characters. */
export function show(value: unknown): string {
  const text = redact(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));
  const cut = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return typeof value !== 'string' || /^[\p{L}\p{N}_.+~:/-]+$/u.test(cut) ? cut : JSON.stringify(cut);
}

export function isMap(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a list, else an empty one. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The value if it is a map, else an empty one. */
export function loose(value: unknown): Loose {
  return isMap(value) ? value : {};
}
