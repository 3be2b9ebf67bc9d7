import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { plain, plainLines, withoutEscapes } from '../../src/base/text/plain.js';
import { excerpt } from '../../src/base/text/excerpt.js';

const anything = fc.string({ unit: 'binary', maxLength: 200 });
/** What a guest might do to a terminal or a report. */
const hostile = fc.oneof(
  anything,
  fc
    .array(
      fc.constantFrom('\u001b', '[', ']', '\r', '\n', '\u0007', '\\', '0', ';', 'm', '\u009b', '\u202e', '\ud800', 'x'),
    )
    .map((chars) => chars.join('')),
);

describe('plainLines', () => {
  it('leaves out escapes and carriage returns before a newline, and shows what cannot be seen', () => {
    expect(plainLines('\u001b[31mred\u001b[0m\r\r\nnext\ta')).toBe('red\nnext\ta');
    expect(plainLines('\u001b]0;title\u0007a\u001b]52;c;eA==\u001b\\b')).toBe('ab');
    expect(plainLines('a\u0007\u202eb\u00ad\u061c\u200b\ufeff')).toBe('a\\x07\\u202eb\\xad\\u061c\\u200b\\ufeff');
    expect(plainLines('\ud800x\u{e0041}\uffff')).toBe('\\ud800x\\u{e0041}\\uffff');
    expect(plainLines('a\rb')).toBe('a\\x0db');
  });

  it('shows a sequence that has no end', () => {
    expect(plainLines('\u001b]0;no end')).toBe('\\x1b]0;no end');
    expect(plainLines('\u001b[12')).toBe('\\x1b[12');
  });

  it('leaves nothing that a terminal obeys or XML forbids, whatever comes', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(plainLines(text)).not.toMatch(
          // eslint-disable-next-line no-control-regex
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Cf}\p{Cs}\u2028\u2029\ufffe\uffff]/u,
        );
        expect(plain(text)).not.toMatch(/[\n\t]/);
      }),
    );
  });

  it('changes nothing of what it has made', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(plainLines(plainLines(text))).toBe(plainLines(text));
      }),
    );
  });

  it('keeps a text without escapes', () => {
    expect(withoutEscapes('a [1m b')).toBe('a [1m b');
  });
});

describe('excerpt', () => {
  it('gives what is short as it is', () => {
    expect(excerpt('one\ntwo')).toBe('one\ntwo');
  });

  it('says what it left out', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i + 1}`).join('\n');
    const cut = excerpt(lines, { characters: 2000, lines: 8 });
    expect(cut.split('\n')).toEqual([
      'line 1',
      'line 2',
      'line 3',
      'line 4',
      'line 5',
      'line 6',
      '… [92 lines left out] …',
      'line 99',
      'line 100',
    ]);
    expect(excerpt('x'.repeat(5000), { characters: 100, lines: 8 })).toBe(
      `${'x'.repeat(75)} … [4900 characters left out] … ${'x'.repeat(25)}`,
    );
  });

  it('is bounded whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(anything),
        fc.integer({ min: 4, max: 60 }),
        fc.integer({ min: 2, max: 9 }),
        (texts, characters, lines) => {
          const cut = excerpt(texts.join('\n'), { characters, lines });
          expect(cut.length).toBeLessThanOrEqual(characters + 80);
        },
      ),
    );
  });
});
