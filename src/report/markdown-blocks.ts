/** Blocks as Markdown. Guests' text is escaped: it can make neither markup nor HTML, nor break a table or a fence. */
import { fenced, markdown } from '../base/text/markdown.js';
import { ABSENT } from '../base/text/figures.js';
import type { Block, Curve, Inline, Quote, Text } from '../document/document.js';
import { seqs } from './text.js';

/** Lines of the blocks, each after an empty line. @param level of their headings. */
export function markdownBlocks(blocks: readonly Block[], level: number): string[] {
  return blocks.flatMap((block) => ['', ...linesOf(block, level)]);
}

function linesOf(block: Block, level: number): string[] {
  switch (block.kind) {
    case 'heading':
      return [`${'#'.repeat(level)} ${markdown(block.text)}`];
    case 'paragraph':
      return [textOf(block.text)];
    case 'list':
      return block.items.map(
        ({ label, text, from }) =>
          `- ${label === '' ? '' : `**${markdown(label)}:** `}${textOf(text)}${journalWords(from)}`,
      );
    case 'facts':
      return block.facts.map(({ name, value, from }) => `- ${markdown(name)}: ${textOf(value)}${journalWords(from)}`);
    case 'quotes':
      return quoteLines(block.quotes, block.more);
    case 'curves':
      return block.curves.map(curveLine);
    case 'bars':
      return [`- ${markdown(block.bars.map(({ name, shown }) => `${name} ${shown}`).join('; '))}`];
    case 'table':
      return [
        tableLine(block.head.map(markdown)),
        tableLine(block.head.map(() => '---')),
        ...block.rows.map((row) => tableLine(row.map(markdown))),
      ];
  }
}

export function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** `, journal 12–15`; empty without any. */
export function journalWords(from: readonly number[]): string {
  return from.length === 0 ? '' : `, journal ${seqs(from)}`;
}

function textOf(text: Text): string {
  return typeof text === 'string' ? markdown(text) : text.map(inline).join('');
}

function inline(piece: Inline): string {
  if (typeof piece === 'string') return spaced(piece);
  return 'term' in piece ? `*${markdown(piece.term)}*` : markdown(piece.code);
}

/** A stretch of text with the spaces that part it from its neighbours. */
function spaced(text: string): string {
  const [before, after] = [/^\s/.test(text) ? ' ' : '', /\s$/.test(text) ? ' ' : ''];
  return `${before}${markdown(text.trim())}${after}`;
}

function quoteLines(quotes: readonly Quote[], more: string): string[] {
  const lines = quotes.flatMap(({ title, text, from }, i) => [
    ...(i === 0 ? [] : ['']),
    `${markdown(title)}${journalWords(from)}:`,
    '',
    fenced(text.trimEnd()),
  ]);
  return more === '' ? lines : [...lines, '', markdown(more)];
}

/** Counts that are written one by one; of more the first and the last say where they are. */
const MOST_COUNTS = 40;

/** The drawing in figures. */
function curveLine({ title, verdict, description, probes, from }: Curve): string {
  const free = counts(probes.map((probe) => probe.free));
  const lost = counts(probes.slice(1).map((probe) => probe.lostHere));
  return (
    `- ${markdown(title)}: **${markdown(verdict.replaceAll('-', ' '))}**. ${markdown(description)} ` +
    `Free before and after each cycle ${free}; lost by cycle ${lost}${journalWords(from)}`
  );
}

function counts(values: readonly number[]): string {
  if (values.length === 0) return ABSENT;
  if (values.length <= MOST_COUNTS) return values.join(', ');
  return `${values.slice(0, MOST_COUNTS - 1).join(', ')}, … (${values.length - MOST_COUNTS} more) …, ${values.at(-1)}`;
}
