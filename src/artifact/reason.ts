/** A place where an artifact was searched, and why it was not taken from there. */
export interface Refusal {
  /** A URL or a path. */
  place: string;
  reason: string;
}

/** All reasons, one line each, for the `why` of an error. */
export function listRefusals(refusals: readonly Refusal[]): string {
  return refusals.map(({ place, reason }) => `${place}: ${reason.replaceAll('\n', '\n    ')}`).join('\n  ');
}

/** The reason for a failure, with the causes that `fetch` hides behind `fetch failed`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses were tried, each with its own error.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(reasonOf))].join('; ');
  }
  if (isInvalidAnswer(error)) return 'its answer is not valid HTTP/1.1';
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : '';
  const own = /^(fetch failed|terminated)$/.test(error.message) && cause !== '' ? '' : error.message;
  return [own, cause].filter((part, index, all) => part !== '' && all.indexOf(part) === index).join(': ');
}

/**
 * Whether fetch received an invalid answer that it does not explain: a status such as 000 fails an assertion of its library (undici 6,
 * Node 20); an endless `100 Continue` and an unrequested upgrade are socket errors.
 */
function isInvalidAnswer(error: Error): boolean {
  const code = codeOf(error);
  return code === 'ERR_ASSERTION' || (code === 'UND_ERR_SOCKET' && /^bad (?:response|upgrade)$/.test(error.message));
}

/** Whether the disk failed, so that another place would fail too. */
export function isDiskError(error: unknown): boolean {
  return ['EROFS', 'EIO'].includes(codeOf(error));
}

/** Whether the disk is full. A place may have sent data without end, so another place may still succeed. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}
