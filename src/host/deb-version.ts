/**
 * Orders two Debian package versions as dpkg does: epoch, upstream version, revision (deb-version(7), "Sorting algorithm").
 * @returns below 0 if `a` is older, 0 if they are equal, above 0 if `a` is newer.
 */
export function compareDebVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Compares runs of non-digits and runs of digits in turn. */
function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i]!)) || (j < b.length && !isDigit(b[j]!))) {
      const order = weight(a[i]) - weight(b[j]);
      if (order !== 0) return order;
      i += 1;
      j += 1;
    }
    const [left, right] = [digits(a, i), digits(b, j)];
    i += left.length;
    j += right.length;
    const [x, y] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')];
    const order = x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
    if (order !== 0) return order;
  }
  return 0;
}

function digits(text: string, from: number): string {
  let end = from;
  while (end < text.length && isDigit(text[end]!)) end += 1;
  return text.slice(from, end);
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

/** `~` comes before the end of a text, letters before all other characters; a digit counts as the end. */
function weight(char: string | undefined): number {
  if (char === undefined || isDigit(char)) return 0;
  if (char === '~') return -1;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}
