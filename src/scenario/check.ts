import type { Check } from './answer.js';

type Name = Pick<Check, 'name' | 'title'>;

/** A check whose step the journal does not have. It fails nothing. */
export function notRecorded(name: Name): Check {
  return { ...name, status: 'not-recorded', detail: 'not recorded', missing: null, from: [] };
}

/** A check with what contradicts it; it behaves if nothing does. @param good what was seen then. */
export function check(
  name: Name,
  problems: readonly string[],
  good: string,
  from: number[],
  missing: string | null = null,
): Check {
  const ok = problems.length === 0;
  return { ...name, status: ok ? 'behaves' : 'misbehaves', detail: ok ? good : problems.join('; '), missing, from };
}
