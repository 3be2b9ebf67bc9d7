import { clip } from '../base/text/excerpt.js';
import { plain } from '../base/text/plain.js';

const LONGEST_QUOTE = 200;
/** The chain of causes of a refusal is about 1000 characters. */
const LOOKED_AT = 64 * 1024;
const DOCKER = 'docker: Error response from daemon: ';
const CALL = 'mkdir ';

/**
 * An error text as one line. Of Docker's refusals, which are long chains of causes, the beginning and the system call that
 * failed are left, with ids at Docker's own short length; `…` stands for what is left out.
 */
export function shortError(text: string): string {
  const line = plain(text.slice(0, LOOKED_AT)).replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
  const call = line.startsWith(DOCKER) ? failedCall(line) : null;
  if (call === null) return cut(line);
  const end = /^[\\".: ]*(?:unknown[\\". ]*)?$/.test(line.slice(call.end)) ? '' : ' …';
  return cut(`${DOCKER}${call.start === DOCKER.length ? '' : '… '}${line.slice(call.start, call.end)}${end}`);
}

/** Where the first `mkdir PATH: words` of Docker's chain stands; null if there is none. */
function failedCall(line: string): { start: number; end: number } | null {
  for (let start = line.indexOf(CALL, DOCKER.length); start !== -1;) {
    const colon = line.indexOf(':', start + CALL.length + 1);
    if (colon === -1) return null;
    const words = /^ [A-Za-z ]*[a-z]/.exec(line.slice(colon + 1, colon + 1 + LONGEST_QUOTE))?.[0] ?? '';
    if (words !== '') return { start, end: colon + 1 + words.length };
    // Every call before this colon ends at it.
    start = line.indexOf(CALL, colon);
  }
  return null;
}

/** A line as it is quoted: no longer than fits under what it proves. */
export function cut(line: string): string {
  return clip(line, LONGEST_QUOTE);
}
