/**
 * Quotes any value for a POSIX shell as one word. This is the only place where values become shell text.
 * @throws RangeError for a NUL byte, which an argument cannot contain.
 */
export function quote(value: string): string {
  if (value.includes('\0')) throw new RangeError('a NUL byte cannot be passed to a command');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Template tag that quotes every inserted value; an array becomes several words. */
export function shell(strings: TemplateStringsArray, ...values: (string | number | string[])[]): string {
  return strings.reduce((text, part, index) => {
    const value = values[index - 1];
    const words = Array.isArray(value) ? value.map(quote).join(' ') : quote(String(value));
    return text + words + part;
  });
}
