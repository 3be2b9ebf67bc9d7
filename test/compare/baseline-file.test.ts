import { describe, expect, it } from 'vitest';
import { baselineText, emptyBaseline, parseBaseline, type BaselineFile } from '../../src/compare/baseline-file.js';
import { UserError } from '../../src/host/user-error.js';
import { sourceJournal } from '../fixtures/source.js';
import { summaryOf, summaryOfFacts } from './runs.js';

const summary = summaryOf();
const file: BaselineFile = {
  ...emptyBaseline(),
  profiles: { embedded: summary, centos7: summaryOfFacts(sourceJournal().facts()) },
};
const refusal = (content: string) => {
  try {
    parseBaseline(content, 'kernels.baseline.json');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).parts.kind).toBe('input');
    return (error as UserError).message;
  }
  return '';
};
const changed = (change: (value: typeof file) => unknown) => refusal(JSON.stringify(change(structuredClone(file))));

describe('the baseline file', () => {
  it('gives back what was put in', () => {
    expect(parseBaseline(baselineText(file), 'x')).toEqual(file);
  });

  it('has its keys in order, so that the same run gives the same bytes', () => {
    const { embedded, centos7 } = file.profiles;
    expect(baselineText({ ...file, profiles: { centos7: centos7!, embedded: embedded! } })).toBe(baselineText(file));
    const keys = [...baselineText(file).matchAll(/^ {6}"(\w+)":/gm)].map((match) => match[1]);
    const half = keys.slice(0, keys.length / 2);
    expect(half).toEqual([...half].sort());
    expect(baselineText(file).endsWith('}\n')).toBe(true);
  });

  it('changes only the lines of what changed', () => {
    const other = structuredClone(file);
    other.profiles.embedded!.kernels[1]!.verdict = 'leaks';
    const [before, after] = [baselineText(file).split('\n'), baselineText(other).split('\n')];
    expect(after.filter((line, i) => line !== before[i])).toEqual([expect.stringContaining('"verdict": "leaks"')]);
  });
});

describe('what is not a baseline is refused', () => {
  it.each([
    ['', 'is not JSON'],
    ['{"format": "kernel-matrix/bas', 'is not JSON'],
    ['[]', 'it has no format'],
    ['null', 'it has no format'],
    ['{"format": "kernel-matrix/report", "version": 1}', 'its format is kernel-matrix/report'],
    ['{"name": "left-pad", "version": "1.0.0"}', 'it has no format'],
  ])('%j', (content, words) => {
    expect(refusal(content)).toContain(words);
  });

  it('from a newer version, be it the file or a summary in it', () => {
    expect(changed((value) => ({ ...value, version: 9 }))).toMatch(
      /newer kernel-matrix[\s\S]*version 9, this program reads 2/,
    );
    expect(changed((value) => ({ ...value, profiles: { embedded: { ...summary, version: 7 } } }))).toMatch(/version 7/);
  });

  it('with the place of what is damaged', () => {
    expect(changed(({ version: _, ...value }) => value)).toContain('it has no version');
    expect(changed((value) => ({ ...value, profiles: [] }))).toContain('is damaged');
    const broken = structuredClone(file);
    broken.profiles['embedded']!.kernels[1]!.samples[0]!.values = ['many'] as unknown as number[];
    expect(refusal(JSON.stringify(broken))).toContain('embedded.kernels[1].samples[0].values[0]');
  });
});
