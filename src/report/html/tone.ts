/** How a word looks: a symbol and a colour that go with it, never instead of it. */
import type { Tone } from '../../document/document.js';
import { markup, type Markup } from './markup.js';

const SYMBOLS: Record<Tone, string> = { good: '✓', bad: '✗', warn: '↺', unknown: '?', plain: '' };

/** The symbol alone; the word must stand beside it. */
export function symbol(tone: Tone): Markup | null {
  return SYMBOLS[tone] === '' ? null : markup`<span class="symbol" aria-hidden="true">${SYMBOLS[tone]}</span>`;
}

/** A word in a pill, with its symbol. */
export function chip(text: string, tone: Tone): Markup {
  return markup`<span class="chip ${tone}">${symbol(tone)}${text}</span>`;
}

/** `not-measured` in words. */
export function words(word: string): string {
  return word.replaceAll('-', ' ');
}
