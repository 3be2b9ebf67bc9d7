/**
 * How much is tried, and from which seed: the same at every run, unless FUZZ_SEED and FUZZ_RUNS say otherwise. A property that
 * fails prints its seed and the smallest input it was found with.
 */
import fc from 'fast-check';
import { vi } from 'vitest';

const TIMES = Number(process.env.FUZZ_RUNS ?? 1);
vi.setConfig({ testTimeout: 60_000 * Math.max(1, TIMES) });

/** @param runs of an ordinary test run; FUZZ_RUNS multiplies them. */
export function settings(runs: number): fc.Parameters<unknown> {
  return {
    seed: Number(process.env.FUZZ_SEED ?? 20261126),
    numRuns: Math.ceil(runs * TIMES),
  };
}

/** A place in something of some length, drawn before the length is known. */
export const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
export const at = (where: number, length: number): number => Math.floor(where * length);

/** Strings that have a meaning to somebody: shells, terminals, file systems, YAML, JavaScript, HTML. */
const HOSTILE = [
  '',
  ' ',
  '..',
  '../../../etc/passwd',
  '/etc/passwd',
  '~root',
  '-rf',
  '--',
  '$(touch /tmp/pwned)',
  '`id`',
  "'; id; '",
  '"; id; "',
  'a b',
  'a\nb',
  'a\r\nb',
  'a\tb',
  'a\0b',
  '\u001b[31mred\u001b]0;title\u0007',
  '\u202egnp.exe',
  '\ufeff',
  '\ud800',
  '💥',
  'é'.repeat(300),
  'x'.repeat(300),
  '<img src=x onerror=alert(1)>',
  ']]>',
  '|a|b|',
  '=1+1',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'NaN',
  'null',
  '*',
  '*a',
  '&a x',
  '!!js/function x',
  '<<',
  '%s%n',
  '${HOME}',
  '\\',
  '#',
] as const;

export const hostileText = fc.oneof(
  fc.constantFrom<string>(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, false, 0, -1, -0, 1.5, 1e308, 1e21, 2 ** 53, -(2 ** 53), [], {}, [null], [[]], {
    a: {},
  }),
  fc.integer(),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A node of a tree of plain data, by the way to it. */
export interface Node {
  parent: Record<string, unknown>;
  key: string;
}

/** Every value in a tree with where it hangs; arrays are objects with numbers for names. */
export function nodesOf(tree: unknown): Node[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const parent = tree as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...nodesOf(parent[key])]);
}
