/** XML 1.0 of elements, attributes and text. What XML has no characters for is made visible before (`plainLines`). */
import { BLOCK, excerpt, IN_JOURNAL } from './excerpt.js';
import { plainLines } from './plain.js';
import { shortLine } from './short-line.js';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Finished XML of one element. */
export interface Xml {
  readonly lines: readonly string[];
}

/**
 * An element.
 * @param attributes values as one line; names are this program's own.
 * @param content its text, no longer than a block may be, or the elements in it.
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string | readonly Xml[] = [],
): Xml {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(shortLine(String(value)))}"`);
  const open = `<${name}${pairs.join('')}`;
  if (content.length === 0) return { lines: [`${open}/>`] };
  if (typeof content === 'string') {
    const text = excerpt(plainLines(content), BLOCK, IN_JOURNAL);
    return { lines: [`${open}>${escaped(text)}</${name}>`] };
  }
  const inner = content.flatMap(({ lines }) => lines.map((line) => `  ${line}`));
  return { lines: [`${open}>`, ...inner, `</${name}>`] };
}

/** The document of a root element. */
export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.lines.join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
