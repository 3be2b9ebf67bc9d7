import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { htmlText } from '../../../src/base/text/html.js';
import { addRow, churn, JournalBuilder, kernelRow } from '../../fixtures/build.js';
import * as runs from './runs.js';

const states = {
  source: runs.source,
  leaking: runs.leaking,
  reclaimable: runs.reclaimable,
  unknown: runs.unknown,
  interrupted: runs.interrupted,
  resumed: runs.resumed,
  hostile: runs.hostile,
};

const all = (html: string, pattern: RegExp): string[] => [...html.matchAll(pattern)].map(([, one = '']) => one);
const text = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe.each(Object.entries(states))('the page of a run: %s', (_, make) => {
  const html = runs.page(make());
  const ids = all(html, /\sid="([^"]*)"/g);

  it('has every id once and a target for every link', () => {
    expect(new Set(ids).size).toBe(ids.length);
    const links = all(html, /\shref="([^"]*)"/g);
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !link.startsWith('#') || !ids.includes(link.slice(1)))).toEqual([]);
  });

  it('names what charts and tables refer to', () => {
    const referred = all(html, /aria-labelledby="([^"]*)"/g).flatMap((names) => names.split(' '));
    expect(referred.filter((name) => !ids.includes(name))).toEqual([]);
  });

  it('is the same from the same facts', () => {
    expect(runs.page(make())).toBe(html);
  });

  it('has no script, no inline style, no handler, and asks for nothing from elsewhere', () => {
    const tags = all(html, /<([a-z][^>]*)>/g);
    expect(tags.filter((tag) => /^(script|link|img|iframe|object|embed|base|form|use)\b/.test(tag))).toEqual([]);
    expect(tags.filter((tag) => /\s(style|on[a-z]+|src)\s*=/.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([]);
  });

  it('allows nothing but its own style sheet', () => {
    const [style = ''] = all(html, /<style>(.*?)<\/style>/gs);
    const [policy = ''] = all(html, /Content-Security-Policy" content="([^"]*)"/g);
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
    expect(style).not.toMatch(/url\(|@import/);
  });

  it('has one h1 and skips no level of headings', () => {
    const levels = all(html, /<h([1-6])/g).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, i) => expect(level).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1));
  });
});

describe('hostile text', () => {
  const html = runs.page(runs.hostile());

  it('becomes no markup wherever a guest can put it', () => {
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<img');
    expect(html.split('&lt;script&gt;').length).toBeGreaterThan(15);
  });

  it('shows entities as they were written and controls as what they are', () => {
    expect(html).toContain('&amp;lt;b&amp;gt;');
    expect(html).toContain('\\x07');
    expect(html).toContain('\\u202e');
    expect(html).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/); // eslint-disable-line no-control-regex
  });

  it('cannot leave an attribute', () => {
    expect(htmlText(`"'<>&`)).toBe('&quot;&#39;&lt;&gt;&amp;');
  });
});

describe('what the page says', () => {
  it('answers in one sentence', () => {
    const said = (html: string) => all(html, /<p class="answer">([^<]*)</g)[0];
    expect(said(runs.page(runs.source()))).toBe(
      '1 of 3 leaks: 3.10 loses one memory-cgroup slot for good with each container that has a memory limit; 4.18 and 4.4 lose none.',
    );
    expect(said(runs.page(runs.reclaimable()))).toBe(
      'None of these leaks: 4.9 loses memory-cgroup slots but gives them back.',
    );
    expect(said(runs.page(runs.unknown()))).toBe(
      'Not known: 5.4 was measured, but what was seen does not decide; 5.5 and 5.6 were not measured.',
    );
    expect(said(runs.page(runs.interrupted()))).toBe(
      'None that could be judged leaks: 5.10 loses no memory-cgroup slot; 6.1 was not measured.',
    );
  });

  it('tells of expectations as the exit code does', () => {
    expect(text(runs.page(runs.source()))).toContain('Everything measured is as expected.');
    expect(text(runs.page(runs.leaking()))).toContain('Not as expected: 3.10.');
    expect(text(runs.page(runs.unknown()))).toContain('Not judged: 5.4, 5.5 and 5.6.');
  });

  it('says how a run ended', () => {
    expect(text(runs.page(runs.interrupted()))).toContain('interrupted by SIGINT');
    const resumed = text(runs.page(runs.resumed()));
    expect(resumed).toContain('resumed 1×');
    expect(resumed).not.toContain('interrupted by');
  });

  it('tells the curve in words beside it', () => {
    const html = text(runs.page(runs.source()));
    expect(html).toContain(
      'Free slots fall from 1 to 0 at cycle 1 and stay there. 1 slot lost: no living directory explains it. Creation 2 is refused.',
    );
    expect(html).toContain('1 slot is in use by a directory that lives on. No slot is lost.');
  });

  it('draws what is lost and what is refused only where it is', () => {
    const curve = (html: string, id: string) => html.split(`aria-labelledby="${id}-title`)[1]?.split('</svg>')[0] ?? '';
    const html = runs.page(runs.source());
    expect(curve(html, 'kernel-1-case-3')).toContain('class="lost"');
    expect(curve(html, 'kernel-1-case-3')).toContain('class="refused"');
    expect(curve(html, 'kernel-1-case-2')).toContain('class="in-use"');
    expect(curve(html, 'kernel-1-case-2')).not.toContain('class="lost"');
    expect(curve(html, 'kernel-2-case-3')).not.toMatch(/class="(lost|refused|in-use)"/);
  });

  it('tells many moves together', () => {
    const journal = new JournalBuilder([kernelRow('old')]);
    addRow(journal, 'old', { case3: churn('100m', 9, [1, 1, 1, 1, 1, 0]) });
    expect(text(runs.page(journal.facts()))).toContain(
      'Free slots fall from 9 to 4 in cycles 1 to 5 and stay there. 5 slots lost',
    );
  });

  it('stays readable over a hundred cycles', () => {
    const journal = new JournalBuilder([kernelRow('old')]);
    const lost = Array.from({ length: 100 }, () => 1);
    addRow(journal, 'old', { case3: churn('100m', 100, [...lost, null]) });
    const panel =
      runs.page(journal.facts()).split('aria-labelledby="kernel-1-case-3-title')[1]?.split('</figure>')[0] ?? '';
    expect(all(panel, /href="#(j\d+)"/g)).toHaveLength(11);
    expect(text(panel)).toMatch(/… \(\d+ more\) …/);
    expect(all(panel, /text-anchor="middle">(\w+)<\/text>/g)).toEqual([
      'before',
      '13',
      '26',
      '39',
      '52',
      '65',
      '78',
      '101',
      'cycle',
    ]);
  });

  it('leads from the cell that leaks to the creation that was refused', () => {
    const html = runs.page(runs.source());
    const row = html.split('<a class="kernel" href="#kernel-1">')[1]?.split('</tr>')[0] ?? '';
    const cell = row.split('</td>').find((one) => one.includes('refused at creation 2')) ?? '';
    const [seq = ''] = all(cell, /href="#(j\d+)"/g);
    expect(html.split(`id="${seq}"`)[1]?.split('</li>')[0]).toContain('docker run -id -m 100m nginx');
    expect(html.split(`id="${seq}"`)[1]?.split('</li>')[0]).toContain('no space left on device');
  });

  it('has every command and its whole answer', () => {
    const facts = runs.hostile();
    const html = runs.page(facts);
    for (const { seq } of facts.rows.flatMap(({ commands }) => commands.shown)) expect(html).toContain(`id="j${seq}"`);
    const long = html.split('<summary>80 lines of error output</summary>')[1] ?? '';
    expect(long.split('</details>')[0]?.split('&lt;script&gt;')).toHaveLength(41);
  });

  it('shows what is absent as a dash, with no link', () => {
    const row = runs.page(runs.unknown()).split('<a class="kernel" href="#kernel-3">')[1]?.split('</tr>')[0] ?? '';
    expect(row).toContain('—');
    expect(row).not.toContain('#j');
  });

  it('says what is worse than the earlier run before everything else of the comparison', () => {
    const { facts, comparison } = runs.compared();
    const html = runs.page(facts, comparison);
    const section = html.split('<section id="comparison"')[1]?.split('</section>')[0] ?? '';
    for (const line of comparison.regressions) expect(section).toContain(htmlText(line));
    expect(comparison.regressions.length).toBeGreaterThan(0);
    expect(text(section)).toContain('gone: gone');
    expect(section.indexOf('Worse')).toBeLessThan(section.indexOf('<table'));
    expect(runs.page(facts)).not.toContain('id="comparison"');
  });
});
