import { UNSEEN } from './plain.js';

/**
 * A value as JSON that can be printed: what a terminal obeys or nobody can see stands as `\u009b`. Parsers read the text that was
 * given, exactly; whoever shows it has to make it plain.
 */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(UNSEEN, escapes)}\n`;
}

function escapes(char: string): string {
  let text = '';
  for (let i = 0; i < char.length; i += 1) text += `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return text;
}
