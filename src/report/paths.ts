import type { RunFacts } from '../run-events/facts.js';
/** Names of a run's files, relative to its directory. */

const LONGEST = 100;

/**
 * A name that is one safe path segment on any file system: letters, digits, `.`, `_`, `+`, `-`, never beginning with a
 * dot or dash, never empty.
 */
export function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._+-]/g, '_').replace(/^[.-]+/, '_');
  return (safe === '' ? '_' : safe).slice(0, LONGEST);
}

/**
 * Each kernel's folder, for all that is recorded of it. Kernels whose names become the same, letter case aside, get a number.
 * @param kernels every row of the run's plan, in its order: of a part of them the numbers would be others.
 */
export function kernelFolders(kernels: readonly string[]): Map<string, string> {
  return new Map([...distinct(kernels, safeName)].map(([kernel, name]) => [kernel, `kernels/${name}`]));
}

/** Each kernel's transcript. */
export function transcriptPaths(facts: RunFacts): Map<string, string> {
  const folders = kernelFolders(facts.rows.map(({ kernel }) => kernel.name));
  return new Map([...folders].map(([kernel, folder]) => [kernel, `${folder}/transcript.txt`]));
}

/** A name for each, as `make` makes it; those that become the same, letter case aside, get a number. */
export function distinct(names: readonly string[], make: (name: string) => string): Map<string, string> {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  const result = new Map<string, string>();
  for (const each of names) {
    const base = make(each);
    let name = base;
    let n = next.get(base.toLowerCase()) ?? 2;
    for (; taken.has(name.toLowerCase()); n += 1) name = `${base}-${n}`;
    next.set(base.toLowerCase(), n);
    taken.add(name.toLowerCase());
    result.set(each, name);
  }
  return result;
}
