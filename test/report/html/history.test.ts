import { describe, expect, it } from 'vitest';
import { renderHistory } from '../../../src/report/html/history.js';
import { historyOf, night } from './history-runs.js';

const html = renderHistory(historyOf());
const all = (of: string, pattern: RegExp): string[] => [...of.matchAll(pattern)].map(([, one = '']) => one);
const track = (kernel: string): string =>
  html.split('class="track"').find((one) => one.includes(`<h3>${kernel} `)) ?? '';
const text = (of: string): string => of.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('history', () => {
  it('says first which verdict changed, and in which run', () => {
    expect(html).toContain(
      '<p class="answer">1 of 2 kernels changed its verdict: 5.10 from clean to leaks in run 20260104-020000.</p>',
    );
    expect(renderHistory({ runs: [night(1), night(2)], skipped: [] })).toContain('No verdict changed, of 2 kernels.');
  });

  it('shows each kernel of a profile in the runs that have it, in words', () => {
    const verdicts = (kernel: string) =>
      all(track(kernel).split('</ol>')[0] ?? '', /<span class="symbol"[^>]*>.<\/span>([^<]*)</g).slice(1);
    expect(verdicts('5.10')).toEqual(['clean', 'clean', 'clean', 'leaks', 'leaks']);
    expect(verdicts('6.1')).toEqual(['clean', 'not measured', 'clean', 'clean']);
    expect(text(track('6.1'))).toContain('In 4 runs; the verdict never changed; 1 without a verdict');
  });

  it('keeps kernels of the same name in two profiles apart', () => {
    const other = night(2);
    other.summary = { ...other.summary, profile: 'centos7' };
    const both = renderHistory({ runs: [night(1), other], skipped: [] });
    expect(all(both, /<h2[^>]*>([^<]*)</g)).toEqual(['Profile embedded', 'Profile centos7']);
    expect(all(both, /<h3>(\S+) /g)).toEqual(['5.10', '5.10', '6.1']);
  });

  it('draws a gap, not a zero, where nothing is recorded, and says so', () => {
    const boot = track('6.1').split('Boot, 6.1</title>')[1]?.split('</svg>')[0] ?? '';
    expect(boot).toContain('20260103-020000: not recorded');
    expect(all(boot, /(<circle)/g)).toHaveLength(3);
    expect(all(boot, /class="curve" d="([^"]*)"/g)[0]?.split('M')).toHaveLength(3);
  });

  it('has the numbers of its charts in a table, newest first, with links to the reports', () => {
    const rows = track('5.10').split('<tbody>')[1]?.split('</tbody>')[0]?.split('</tr>') ?? [];
    expect(text(rows[0] ?? '')).toContain('20260105-020000');
    expect(text(rows[0] ?? '')).toMatch(/leaks .*25 s/);
    expect(all(rows.join(''), /href="([^"]*)"/g)).toContain('./20260101-020000/matrix.html');
  });

  it('links no report that is not there', () => {
    expect(renderHistory({ runs: [{ ...night(1), href: null }], skipped: [] })).not.toContain('matrix.html');
  });

  it('names what was left out, as text', () => {
    expect(html).toContain('could not be read and is left out');
    expect(html).not.toContain('<script');
  });

  it('is the same from the same runs, with every id once and a target for every link into it', () => {
    expect(renderHistory(historyOf())).toBe(html);
    const ids = all(html, /\sid="([^"]*)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    expect(all(html, /href="#([^"]*)"/g).filter((id) => !ids.includes(id))).toEqual([]);
  });
});
