/**
 * Text in GitHub Flavored Markdown that is shown as it is: no markup, no HTML, no link, no mention. Escapes alone do not do that:
 * GitHub looks for mentions, references and e-mail addresses in the finished text, but never in code.
 */
import { BLOCK, excerpt, IN_JOURNAL } from './excerpt.js';
import { plainLines, withoutTail } from './plain.js';
import { shortLine } from './short-line.js';

/**
 * What makes a word more than text: URLs and e-mail addresses (GFM 6.9), and what GitHub adds: mentions, references to issues,
 * mathematics, emoji.
 */
const LIVE = /[@$]|:\/\/|www\.|#\d|\bgh-\d|:(?!\d{1,9}:)[\w+-]{1,50}:|:(?:100|1234):/i;

/** Words that begin a heading, its underline, a list or a rule where they are the first of a line. */
const BLOCK_START = /^(?:#{1,6}|[+-]|=+|-+|\d{1,9}[.)])$/;

/** One line, no longer than a reason may be, for a table's cell too. Words that would become a link or a mention are code. */
export function markdown(text: string): string {
  const [first = '', ...rest] = shortLine(text).split(' ');
  const start = BLOCK_START.test(first) ? first.replace(/[^\d]/, '\\$&') : word(first);
  return [start, ...rest.map(word)].join(' ');
}

/** A fenced block that its content cannot end, no longer than a block may be. */
export function fenced(text: string): string {
  const body = excerpt(withoutTail(plainLines(text), '\n'), BLOCK, IN_JOURNAL);
  const fence = '`'.repeat(Math.max(3, longestRun(body) + 1));
  return `${fence}text\n${body}\n${fence}`;
}

/** A pipe ends a table's cell even in code, so it stands outside. */
function word(text: string): string {
  if (!LIVE.test(text)) return escaped(text);
  return text
    .split('|')
    .map((part) => {
      if (!LIVE.test(part)) return escaped(part);
      const mark = /[,;:.]$/.exec(part)?.[0] ?? '';
      return code(part.slice(0, part.length - mark.length)) + mark;
    })
    .join('\\|');
}

function escaped(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*[\]|~]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_');
}

function code(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${space}${text}${space}${fence}`;
}

/** Of backticks. */
function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
