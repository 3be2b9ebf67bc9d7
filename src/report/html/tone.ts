/** How a word looks: a symbol and a colour that go with it, never instead of it. */
import type { Tone } from '../../document/document.js';
import type { KernelVerdict } from '../../verdict/types.js';
import { markup, type Markup } from './markup.js';

const SYMBOLS: Record<Tone, string> = { good: '✓', bad: '✗', warn: '↺', unknown: '?', plain: '' };

/** Of what a verdict comes to against expectation and baseline. */
export function toneOfStatus(status: KernelVerdict['status']): Tone {
  switch (status) {
    case 'as-expected':
      return 'good';
    case 'differs':
    case 'regressed':
      return 'bad';
    case 'known-failure':
      return 'warn';
    case 'not-measured':
      return 'unknown';
    case 'no-expectation':
      return 'plain';
  }
}

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
