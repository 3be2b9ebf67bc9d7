/** The pages in a real browser: what unit tests of their text cannot see. */
import { parseJournal, replay } from '../../src/scenario/journal.js';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHistory } from '../../src/report/html/history.js';
import { historyOf } from '../report/html/history-runs.js';
import * as runs from '../report/html/runs.js';
import { withChromium } from './chromium.js';
import { lacking } from '../needs.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** One of three kernels of a real run of the embedded guest; events renumbered, one line of `docker info` left out. */
const REAL = join(import.meta.dirname, '..', 'fixtures', 'real-run.jsonl');

const { facts, comparison } = runs.compared();
const PAGES: Record<string, string> = {
  'a real run': runs.page(replay(parseJournal(readFileSync(REAL, 'utf8'), REAL).events, REAL)),
  "the source's kernels, one of which leaks": runs.page(runs.source()),
  'a run compared with another': runs.page(facts, comparison),
  'a run without a verdict': runs.page(runs.unknown()),
  'a hostile guest': runs.page(runs.hostile()),
  history: renderHistory(historyOf()),
};

const SCHEMES = ['light', 'dark'] as const;
let folder = '';
const urls: Record<string, string> = {};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernel-matrix-html-'));
  for (const [i, [name, html]] of Object.entries(PAGES).entries()) {
    const file = join(folder, `${i}.html`);
    writeFileSync(file, html);
    urls[name] = pathToFileURL(file).href;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything the page asked for or complained of. */
interface Heard {
  requests: string[];
  complaints: string[];
}

async function opened(context: BrowserContext, url: string): Promise<{ page: Page; heard: Heard }> {
  const page = await context.newPage();
  const heard: Heard = { requests: [], complaints: [] };
  page.on('request', (request) => heard.requests.push(request.url()));
  page.on('console', (message) => heard.complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => heard.complaints.push(String(error)));
  await page.goto(url, { waitUntil: 'load' });
  return { page, heard };
}

const urlOf = (name: string): string => urls[name] ?? '';

describe.skipIf(lacking(['chromium'])).each(SCHEMES)('in the %s scheme', (colorScheme) => {
  it('opens with no complaint and no request but for the file itself', async () => {
    await withChromium({ colorScheme, width: 1280 }, async (context) => {
      for (const name of Object.keys(PAGES)) {
        const { page, heard } = await opened(context, urlOf(name));
        expect(heard, name).toEqual({ requests: [urlOf(name)], complaints: [] });
        await page.close();
      }
    });
  });

  it('has no serious fault that axe can find, opened and folded, wide and narrow', async () => {
    for (const width of [1280, 400]) {
      await withChromium({ colorScheme, width }, async (context) => {
        for (const name of Object.keys(PAGES)) {
          const { page } = await opened(context, urlOf(name));
          expect(await faults(page), `${name}, ${width} px`).toEqual([]);
          await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
          expect(await faults(page), `${name}, ${width} px, opened`).toEqual([]);
          await page.close();
        }
      });
    }
  });
});

/** Serious and critical violations, with where they are. */
async function faults(page: Page): Promise<string[]> {
  // Through the debugger, which the page's own policy does not bind.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
}

describe.skipIf(lacking(['chromium']))('on a narrow screen', () => {
  it.each([400, 320])('does not scroll sideways at %i px, folded or opened', async (width) => {
    await withChromium({ colorScheme: 'light', width }, async (context) => {
      for (const name of Object.keys(PAGES)) {
        const { page } = await opened(context, urlOf(name));
        const beyond = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await page.evaluate(beyond), name).toBe(0);
        await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
        expect(await page.evaluate(beyond), `${name}, opened`).toBe(0);
        await page.close();
      }
    });
  });

  it('scrolls the matrix under its kernel', async () => {
    await withChromium({ colorScheme: 'light', width: 400 }, async (context) => {
      const { page } = await opened(context, urlOf('a real run'));
      const table = page.getByRole('region', { name: /One row a kernel/ });
      await table.focus();
      const kernel = table.getByRole('rowheader').first();
      const before = await kernel.boundingBox();
      expect(await page.evaluate(`document.activeElement.scrollLeft = 300`)).toBe(300);
      expect(await page.evaluate(`document.activeElement.scrollLeft`)).toBe(300);
      expect((await kernel.boundingBox())?.x).toBe(before?.x);
    });
  });
});

describe.skipIf(lacking(['chromium']))('with the keyboard', () => {
  it('skips to the content first', async () => {
    await withChromium({ colorScheme: 'light', width: 1280 }, async (context) => {
      const { page } = await opened(context, urlOf('a real run'));
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
    });
  });

  it('reaches every phase of the transcript and opens it', async () => {
    await withChromium({ colorScheme: 'light', width: 1280 }, async (context) => {
      const { page } = await opened(context, urlOf('a real run'));
      const summaries = await page.locator('.transcript > details > summary').allTextContents();
      expect(summaries.length).toBeGreaterThan(10);
      const seen: string[] = [];
      // Once around: focus leaves the page at its end and its element is the body.
      for (let at = ''; at !== 'BODY';) {
        await page.keyboard.press('Tab');
        at = String(await page.evaluate('document.activeElement.tagName'));
        if (at !== 'SUMMARY') continue;
        const active = 'document.activeElement';
        if (!(await page.evaluate(`${active}.matches('.transcript > details > summary')`))) continue;
        seen.push(String(await page.evaluate(`${active}.textContent`)));
        if (seen.length > 1) continue;
        expect(await page.evaluate(`getComputedStyle(${active}).outlineStyle`)).toBe('solid');
        await page.keyboard.press('Enter');
        expect(await page.locator('.transcript > details').first().locator('ol').isVisible()).toBe(true);
        await page.keyboard.press('Enter');
      }
      expect(seen).toEqual(summaries);
    });
  });

  it('opens the evidence behind a cell', async () => {
    await withChromium({ colorScheme: 'light', width: 1280 }, async (context) => {
      const { page } = await opened(context, urlOf("the source's kernels, one of which leaks"));
      const link = page.getByRole('link', { name: /evidence of case 3: churn with -m of 3\.10/ }).first();
      const command = page.locator(String(await link.getAttribute('href')));
      expect(await command.isVisible()).toBe(false);
      await link.focus();
      await page.keyboard.press('Enter');
      await command.waitFor({ state: 'visible' });
      expect(await command.textContent()).toContain('no space left on device');
    });
  });
});

describe.skipIf(lacking(['chromium']))('on paper', () => {
  it('shows the whole transcript and no navigation', async () => {
    await withChromium({ colorScheme: 'dark', width: 1280 }, async (context) => {
      const { page } = await opened(context, urlOf("the source's kernels, one of which leaks"));
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('navigation').isVisible()).toBe(false);
      const height = (await page.locator('.transcript li').last().boundingBox())?.height ?? 0;
      expect(height).toBeGreaterThan(0);
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    });
  });
});
