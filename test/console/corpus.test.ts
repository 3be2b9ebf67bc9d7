import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConsoleReader, readWhole } from '../../src/console/reader.js';
import { FIRMWARE, LOADER } from './corpus/boots.js';
import { REPORTS } from './corpus/reports.js';
import { DEAD, HEALTHY, REPORTED, type Text } from './corpus/texts.js';

const ALL = [...HEALTHY, ...REPORTED, ...DEAD];

/** The texts in which something else was found, or another end, with what. */
function wrong(texts: Text[]): string[] {
  return texts.flatMap(({ name, text, finds, reason }) => {
    const { findings, dead } = readWhole(text);
    const found = findings.map((each) => each.class).join();
    const end = dead?.reason ?? '';
    const right = found === finds.join() && (reason === null ? dead === null : reason.test(end));
    return right
      ? []
      : [
          `${name}\n  found: ${found || 'nothing'}; end: ${end || 'none'}; lines: ${findings.map(({ line }) => line).join(' | ')}`,
        ];
  });
}

describe('a corpus of consoles, 3.10 to 7.x', () => {
  it('is large enough, and names where each report is printed', () => {
    expect(HEALTHY.length).toBeGreaterThanOrEqual(100);
    expect(new Set(ALL.map(({ text }) => text)).size).toBeGreaterThanOrEqual(400);
    for (const { source, finds, lines } of REPORTS) {
      expect(source).toMatch(/^(?:arch|block|drivers|fs|kernel|lib|mm|net)\/\S/);
      expect(finds.length * lines.length).toBeGreaterThan(0);
    }
  });

  it('has nothing in a healthy boot', () => {
    expect(wrong(HEALTHY)).toEqual([]);
  });

  it('counts one start where firmware and boot loader say all they have to say', () => {
    const starts = Object.entries(FIRMWARE).flatMap(([firmware, first]) =>
      Object.entries(LOADER).map(([loader, then]) => {
        const reader = new ConsoleReader();
        reader.feed([...first, ...then, ''].join('\r\n'));
        return `${firmware}, ${loader}: ${reader.silentStarts > 1 ? reader.silentStarts : 'one at most'}`;
      }),
    );
    expect(starts.filter((each) => !each.endsWith('one at most'))).toEqual([]);
  });

  it('has in each other boot what was reported, and nothing else', () => {
    expect(wrong(REPORTED)).toEqual([]);
  });

  it('says of each boot that stopped why, and of no other that it has', () => {
    expect(wrong(DEAD)).toEqual([]);
  });

  it('is read the same whatever the pieces it comes in', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 30 });
    fc.assert(
      fc.property(fc.constantFrom(...ALL), cuts, ({ text }, places) => {
        const reader = new ConsoleReader();
        const at = [...places.map((place) => place % (text.length + 1)), 0, text.length].sort((a, b) => a - b);
        const found = at.slice(1).flatMap((end, n) => reader.feed(text.slice(at[n], end)));
        found.push(...reader.quiet(Infinity), ...reader.feed('\n'), ...reader.flush(), ...reader.leftOut());
        const whole = readWhole(text);
        expect(found).toEqual(whole.findings);
        expect(reader.dead).toEqual(whole.dead);
      }),
    );
  });
});
