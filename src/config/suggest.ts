import { distance } from 'fastest-levenshtein';

/**
 * The candidate that was probably meant by `word`; undefined if none is near. Near is: the same but for case and
 * `-`/`_`, a beginning of the other (three letters at least), or at most one edit in three letters.
 */
function suggest(word: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll('-', '_');
  const meant = plain(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = distance(meant, plain(candidate));
    if (edits < bestDistance && edits < candidate.length) [best, bestDistance] = [candidate, edits];
  }
  return best ?? candidates.find((each) => prefixes(meant, plain(each)));
}

/** `; did you mean X?`, or nothing: the end of a message. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const found = suggest(word, candidates);
  return found === undefined ? '' : `; did you mean ${found}?`;
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function prefixes(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 3 && long.startsWith(short);
}
