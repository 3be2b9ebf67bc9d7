/** Names of a run's files, relative to its directory. */
import type { RunFacts } from '../journal/replay.js';

const LONGEST = 100;

/**
 * A name that is one safe path segment on any file system: letters, digits, `.`, `_`, `+`, `-`, never beginning with a
 * dot or dash, never empty.
 */
export function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._+-]/g, '_').replace(/^[.-]+/, '_');
  return (safe === '' ? '_' : safe).slice(0, LONGEST);
}

/** Each kernel's transcript. Kernels whose names become the same, letter case aside, get a number. */
export function transcriptPaths(facts: RunFacts): Map<string, string> {
  const taken = new Set<string>();
  const paths = new Map<string, string>();
  for (const { kernel } of facts.rows) {
    const base = safeName(kernel.name);
    let name = base;
    for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${base}-${n}`;
    taken.add(name.toLowerCase());
    paths.set(kernel.name, `kernels/${name}/transcript.txt`);
  }
  return paths;
}
