/** Figures made readable, and lines of a width. */

/** Shown for a fact that is not available: never 0. */
export const ABSENT = '—';

/** Breaks text at spaces into lines of at most `width` characters; a longer word is cut only beyond `longest`. */
export function wrap(text: string, width: number, longest = width): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    while (word.length > Math.max(width, longest)) {
      if (line !== '') lines.push(line);
      lines.push(word.slice(0, Math.max(width, longest)));
      word = word.slice(Math.max(width, longest));
      line = '';
    }
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** At most `digits` decimals, without trailing zeros. */
export function figure(value: number, digits = 1): string {
  return String(Number(value.toFixed(digits)));
}

/** `34 s`, `12 min 5 s`; absent if null. */
export function duration(seconds: number | null): string {
  if (seconds === null) return ABSENT;
  if (seconds < 60) return `${figure(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
