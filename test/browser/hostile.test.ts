/** Pages of runs in which every text is hostile, in a real browser. */
import { replay } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { plainLines, withoutTail } from '../../src/base/text/plain.js';
import { summarise } from '../../src/compare/summarise.js';
import { renderHistory } from '../../src/report/html/history.js';
import { renderReport, reportInput } from '../../src/report/index.js';
import { guestText, HOSTILE_RUNS, PIECES, poisoned } from '../fixtures/hostile.js';
import { withChromium } from './chromium.js';
import { lacking } from '../needs.js';

const folder = mkdtempSync(join(tmpdir(), 'kernel-matrix-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEXTS = [...PIECES, ...fc.sample(guestText, { seed: 20261126, numRuns: 300 })];
const CALM = Array.from({ length: 400 }, (_, i) => `text ${i}`);

function pagesOf(facts: RunFacts): string[] {
  const input = reportInput(facts);
  const summary = summarise(facts, input.verdicts);
  const skipped = facts.rows.map(({ kernel }) => ({ name: kernel.name, reason: kernel.name }));
  return [
    renderReport('html', input),
    renderHistory({ runs: [{ summary, state: 'finished', href: './x/matrix.html' }], skipped }),
  ];
}

async function inBrowser(html: string, use: (page: Page, heard: string[]) => Promise<void>): Promise<void> {
  const file = join(folder, 'page.html');
  writeFileSync(file, html);
  const heard: string[] = [];
  await withChromium({ colorScheme: 'light', width: 1280 }, async (context) => {
    const page = await context.newPage();
    page.on('request', (request) => request.url() !== pathToFileURL(file).href && heard.push(request.url()));
    page.on('console', (message) => heard.push(message.text()));
    page.on('dialog', (dialog) => heard.push(dialog.message()));
    page.on('pageerror', (error) => heard.push(String(error)));
    await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
    await use(page, heard);
  });
}

/** Names of all elements, and of all attributes after a space. */
const NAMES = `[...new Set([...document.querySelectorAll('*')].flatMap((one) => [one.localName, ...[...one.attributes].map(({ name }) => ' ' + name)]))]`;
const ANSWERS = `[...document.querySelectorAll('.transcript pre > code')].map((one) => one.textContent)`;

/** What the commands of a run answered, as a page is to show it. */
function answersOf(facts: RunFacts): string[] {
  const shown = (text: string) =>
    withoutTail(plainLines(text), '\n') === '' ? [] : [plainLines(text).replace(/\n$/, '')];
  return [...facts.rows, facts].flatMap(({ commands }) => commands.shown.flatMap(({ stdout, stderr }) => [...shown(stdout), ...shown(stderr)])); // prettier-ignore
}

describe.skipIf(lacking(['chromium']))('a page of hostile texts', () => {
  it.each(HOSTILE_RUNS)('runs nothing, asks for nothing and shows the texts as they are: %s', async (name) => {
    const facts = replay(poisoned(name, TEXTS));
    const calm = pagesOf(replay(poisoned(name, CALM)));
    for (const [i, html] of pagesOf(facts).entries()) {
      const known: string[] = [];
      await inBrowser(calm[i]!, async (page) => void known.push(...(await page.evaluate<string[]>(NAMES))));
      await inBrowser(html, async (page, heard) => {
        const names = await page.evaluate<string[]>(NAMES);
        expect(names.filter((one) => !known.includes(one))).toEqual([]);
        if (i === 0) {
          const answers = await page.evaluate<string[]>(ANSWERS);
          expect(answers.filter((text) => text.trim() !== '')).toEqual(
            answersOf(facts).filter((text) => text.trim() !== ''),
          );
        }
        expect(heard).toEqual([]);
      });
    }
  });
});
