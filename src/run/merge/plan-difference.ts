import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KernelRow, Plan } from '../../config/plan.js';

/**
 * The first thing in which two plans differ, in words, or null. `file` and `jobs` may differ: where kernels.yaml lies and how
 * many machines a host takes at once change no measurement. Paths count as the same if they are so from their own kernels.yaml.
 */
export function planDifference(a: Plan, b: Plan): string | null {
  const [first] = planDifferences(a, b);
  return first ?? null;
}

/** Everything in which two plans differ; see {@link planDifference}. Of rows that are not the same ones only their names. */
export function* planDifferences(a: Plan, b: Plan): Generator<string> {
  const place: Places = { a: dirname(a.file), b: dirname(b.file) };
  const { file: _fileA, jobs: _jobsA, kernels: rowsA, profile: profileA, ...restA } = a;
  const { file: _fileB, jobs: _jobsB, kernels: rowsB, profile: profileB, ...restB } = b;
  yield* differences(profileA, profileB, 'profile', place);
  yield* differences(restA, restB, '', place);
  yield* rowDifferences(rowsA, rowsB, place);
}

/** Folders that relative paths of either plan start at. */
interface Places {
  a: string;
  b: string;
}

function* rowDifferences(a: readonly KernelRow[], b: readonly KernelRow[], places: Places): Generator<string> {
  const names = (rows: readonly KernelRow[]) => rows.map(({ name }) => name).join(', ');
  if (names(a) !== names(b)) {
    yield `kernels: ${names(a)} / ${names(b)}`;
    return;
  }
  for (const [i, row] of a.entries()) yield* differences(row, b[i], `kernel ${row.name}`, places);
}

function* differences(a: unknown, b: unknown, at: string, places: Places): Generator<string> {
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
      yield* differences(a[key], b[key], at === '' ? key : `${at}: ${key}`, places);
  } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [i, value] of a.entries()) yield* differences(value, b[i], at, places);
  } else if (a !== b && !samePath(a, b, places)) yield `${at}: ${shown(a)} / ${shown(b)}`;
}

function samePath(a: unknown, b: unknown, places: Places): boolean {
  const [from, to] = [pathOf(a), pathOf(b)];
  return from !== null && to !== null && relative(places.a, from) === relative(places.b, to);
}

/** An absolute path, or that of a file URL. */
function pathOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (value.startsWith('/')) return value;
  if (!value.startsWith('file:///')) return null;
  try {
    return fileURLToPath(value);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'not given' : JSON.stringify(value);
}
