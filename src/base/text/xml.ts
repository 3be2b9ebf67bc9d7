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

/** The document of a root element, a piece for each element in it. */
export function* xmlPieces(
  name: string,
  attributes: Parameters<typeof element>[1],
  content: Iterable<Xml>,
): Generator<string, void> {
  // Of an element without content the end is that of the line: `/>`.
  const open = element(name, attributes).lines.join('').slice(0, -2);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n${open}`;
  let empty = true;
  for (const { lines } of content) {
    yield `${empty ? '>\n' : ''}${lines.map((line) => `  ${line}\n`).join('')}`;
    empty = false;
  }
  yield empty ? '/>\n' : `</${name}>\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
