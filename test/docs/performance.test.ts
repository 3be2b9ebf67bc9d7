import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCS, withTables } from '../../bench/report.js';
import { readResults } from '../../bench/results.js';

describe('docs/performance.md', () => {
  it('has the tables of bench/results; to update them: npm run bench -- --docs', async () => {
    const text = readFileSync(DOCS, 'utf8');
    expect(await withTables(text, readResults())).toBe(text);
  });

  it('has markers only for measured subjects', () => {
    const places = [...readFileSync(DOCS, 'utf8').matchAll(/<!-- bench:(\S+) -->/g)].map(([, subject]) => subject);
    expect(places.sort()).toEqual([...readResults().keys()].sort());
  });

  it('is refused if a subject has no markers', async () => {
    const [one] = readResults();
    await expect(withTables('# Performance\n', new Map([one!]))).rejects.toThrow(`no place for ${one![0]}`);
  });
});
