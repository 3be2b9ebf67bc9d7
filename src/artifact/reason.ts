/** A place an artifact was looked for, and why it was not taken from there. */
export interface Refusal {
  /** A URL or a path. */
  place: string;
  reason: string;
}

/** All reasons, one line each, for the `why` of an error. */
export function listRefusals(refusals: readonly Refusal[]): string {
  return refusals.map(({ place, reason }) => `${place}: ${reason.replaceAll('\n', '\n    ')}`).join('\n  ');
}

/** Why something failed, with the causes that `fetch` hides behind `fetch failed`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses were tried, each with its own end.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(reasonOf))].join('; ');
  }
  if (isNonsense(error)) return `its answer is none that HTTP/1.1 allows`;
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : '';
  const own = /^(fetch failed|terminated)$/.test(error.message) && cause !== '' ? '' : error.message;
  return [own, cause].filter((part, index, all) => part !== '' && all.indexOf(part) === index).join(': ');
}

/**
 * Whether fetch met an answer that it has no words for: a status such as 000 fails an assertion of its library (undici 6, Node 20), an
 * endless `100 Continue` and an upgrade that nobody asked for are socket errors with two words.
 */
function isNonsense(error: Error): boolean {
  const code = codeOf(error);
  return code === 'ERR_ASSERTION' || (code === 'UND_ERR_SOCKET' && /^bad (?:response|upgrade)$/.test(error.message));
}

/** Whether the disk, and not the place an artifact comes from, is why writing failed: another place would fail too. */
export function isDiskError(error: unknown): boolean {
  return ['EROFS', 'EIO'].includes(codeOf(error));
}

/** Whether the disk was filled. By a place that sends without end perhaps: another place may send what has room. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}
