import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_OF_A_CLASS, CONSOLE_CLASSES } from '../../src/console/finding.js';
import { plainLines } from '../../src/console/messages.js';
import { ConsoleReader, readWhole } from '../../src/console/reader.js';
import { REPORTS } from './corpus/reports.js';

describe('a guest that prints what it likes', () => {
  it.each([
    ['carriage returns', '\r'],
    ['newlines', '\n'],
    ['spaces', ' '],
    ['beginnings of stamps', '[    0.0'],
    ['stamps', '[    0.000000] '],
    ['beginnings of a line that never ends', 'initramfs: the root file system '],
    ['escapes', '\x1b['],
    ['escapes of titles', '\x1b]0;'],
    ['names of caches', 'BUG ('],
    ['colons', 'XFS (dm-0): [#1] error, dev '],
    ['starts of leads', '[    1.000000] ------------[ cut here ]------------\n'],
    ['starts of kernels', '[    1.000000] Linux version 1\n[    1.000000] BUG: Bad page\n'],
  ])('cannot keep this program busy with %s', (_, piece) => {
    // Quadratic, these 4 MiB would take hours, and the test would not end.
    const text = piece.repeat(Math.ceil((4 * 2 ** 20) / piece.length));
    const reader = new ConsoleReader();
    let found = 0;
    for (let at = 0; at < text.length; at += 65_536) found += reader.feed(text.slice(at, at + 65_536)).length;
    found += reader.quiet(Infinity).length + reader.leftOut().length;
    expect(found).toBeLessThanOrEqual(MOST_OF_A_CLASS + 2);
    expect(plainLines(text.slice(0, 2 ** 20)).every((line) => line.length <= 4096)).toBe(true);
  });

  it('gets a bounded number of findings written down, whatever it says', () => {
    const lines = REPORTS.flatMap((report) => report.lines).concat(
      'Linux version 1',
      'SeaBIOS (version 1)',
      "  Booting `x'",
    );
    const text = fc
      .array(fc.tuple(fc.constantFrom(...lines), fc.boolean(), fc.nat(100)), { minLength: 1, maxLength: 400 })
      .map((said) => said.map(([line, bare, at]) => (bare ? line : `[   ${at}.000000] ${line}`)).join('\n'));
    fc.assert(
      fc.property(text, (each) => {
        const counts = new Map<string, number>();
        for (const { class: name, excerpt } of readWhole(each.repeat(30)).findings) {
          counts.set(name, (counts.get(name) ?? 0) + 1);
          expect(excerpt.length).toBeLessThanOrEqual(45);
        }
        expect([...counts.keys()].every((name) => (CONSOLE_CLASSES as readonly string[]).includes(name))).toBe(true);
        expect(Math.max(...counts.values(), 0)).toBeLessThanOrEqual(MOST_OF_A_CLASS);
        expect(counts.get('left-out') ?? 0).toBeLessThanOrEqual(1);
      }),
      { numRuns: 25 },
    );
  });
});

describe('plainLines', () => {
  it('strips colours, cursor movements, titles and resets', () => {
    const text = '\x1bc\x1b[?7l\x1b[2J\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain\r\n';
    expect(plainLines(text)).toEqual(['red and plain']);
  });

  it('knows every line end a console has, and drops empty lines', () => {
    expect(plainLines('a\r\r\nb\nc\rd\r\n\r\n  \r\n')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('drops control characters but keeps tabs', () => {
    expect(plainLines('a\x00\x07b\tc\x7f\n')).toEqual(['ab\tc']);
  });

  it('reads bytes of UTF-8 as the characters they are', () => {
    expect(plainLines(Buffer.from('Grüße ‛x› 1m\n', 'utf8').toString('latin1'))).toEqual(['Grüße ‛x› 1m']);
  });
});
