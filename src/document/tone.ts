import type { Tone } from './document.js';

/** Of a verdict's word, a kernel's or a case's. */
export function toneOfVerdict(word: string): Tone {
  switch (word) {
    case 'clean':
      return 'good';
    case 'leaks':
      return 'bad';
    case 'reclaimable':
      return 'warn';
    default:
      return 'unknown';
  }
}

/** Of a check. */
export function toneOfCheck(status: 'behaves' | 'misbehaves' | 'not-recorded'): Tone {
  if (status === 'behaves') return 'good';
  return status === 'misbehaves' ? 'bad' : 'unknown';
}
