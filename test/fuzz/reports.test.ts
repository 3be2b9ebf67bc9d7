/** Every report of runs in which every text is hostile, read back by a parser of its format. */
import { replay } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { parse as parseHtml, type DefaultTreeAdapterTypes } from 'parse5';
import { describe, expect, it } from 'vitest';

import { validateXML } from 'xmllint-wasm';
import { plain, plainLines } from '../../src/base/text/plain.js';
import { shortLine } from '../../src/base/text/short-line.js';
import { compareRuns } from '../../src/compare/compare.js';
import { summarise } from '../../src/compare/summarise.js';
import { thresholdsOf } from '../../src/compare/thresholds.js';
import { renderComparisonJson } from '../../src/report/comparison-json.js';
import { renderComparisonMarkdown } from '../../src/report/comparison-markdown.js';
import { renderComparisonTerminal } from '../../src/report/comparison-terminal.js';
import { renderHistory } from '../../src/report/html/history.js';
import { buildReports, renderReport, reportInput, type ReportInput } from '../../src/report/index.js';
import { renderTerminal } from '../../src/report/terminal.js';
import type { JournalEvent } from '../../src/run-events/events.js';
import { renderTranscripts } from '../../src/report/transcript-maker.js';
import { parseXml } from '../fixtures/xml.js';
import { guestText, HOSTILE_RUNS, PIECES, poisoned, type HostileRun } from '../fixtures/hostile.js';
import { lacking } from '../needs.js';
import { settings } from './settings.js';

/** What a terminal obeys, or nobody sees; newline and tab apart. */
const UNSEEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/u;
const WIDE = { width: 100, colour: false };
const run = fc.constantFrom(...HOSTILE_RUNS);
const texts = fc.array(guestText, { minLength: 1, maxLength: 12 });

function everything(facts: RunFacts): Map<string, string> {
  const input = reportInput(facts);
  const summary = summarise(facts, input.verdicts);
  const calm = summarise(BENIGN.rich, reportInput(BENIGN.rich).verdicts);
  const comparison = compareRuns(calm, summary, thresholdsOf());
  const skipped = facts.rows.map(({ kernel }) => ({ name: kernel.name, reason: kernel.name }));
  return new Map([
    ...buildReports(facts, input),
    ...transcriptsOf(facts, input),
    ['table', renderTerminal(input, WIDE)],
    ['comparison', renderComparisonTerminal(comparison, WIDE)],
    ['comparison.md', renderComparisonMarkdown(comparison)],
    ['comparison.json', renderComparisonJson([comparison], 0)],
    ['history.html', renderHistory({ runs: [{ summary, state: 'finished', href: './x/matrix.html' }], skipped })],
  ]);
}

const BENIGN = Object.fromEntries(
  HOSTILE_RUNS.map((name) => [
    name,
    replay(
      poisoned(
        name,
        Array.from({ length: 400 }, (_, i) => `text ${i}`),
      ),
    ),
  ]),
) as Record<HostileRun, RunFacts>;

/** The journal of each run, of which its transcripts are made. */
const journals = new WeakMap<RunFacts, readonly JournalEvent[]>();

function hostileFacts(name: HostileRun, said: readonly string[]): RunFacts {
  const events = poisoned(name, said);
  const facts = replay(events);
  journals.set(facts, events);
  return facts;
}

function transcriptsOf(facts: RunFacts, input: ReportInput): [path: string, text: string][] {
  const texts = renderTranscripts(journals.get(facts) ?? [], facts);
  return [...input.transcripts].map(([kernel, path]) => [path, texts.get(kernel)!]);
}

const namesOf = (facts: RunFacts): string[] => facts.rows.map(({ kernel }) => kernel.name);

function everyReport(name: string, runs: number, check: (facts: RunFacts, files: Map<string, string>) => void): void {
  it(name, () => {
    fc.assert(
      fc.property(run, texts, (of, said) => {
        const facts = hostileFacts(of, said);
        check(facts, everything(facts));
      }),
      settings(runs),
    );
  });
}

describe('a hostile run', () => {
  everyReport('puts nothing into any report that a terminal obeys or nobody sees', 10, (_, files) => {
    for (const [file, content] of files) {
      const lines = file === 'matrix.csv' ? content.replaceAll('\r\n', '\n') : content;
      expect(UNSEEN.exec(lines)?.index ?? null, file).toBeNull();
    }
  });

  everyReport('has its JSON read back as the very text it was', 5, (facts, files) => {
    const { kernels } = JSON.parse(files.get('matrix.json')!) as { kernels: { name: string; facts: object }[] };
    expect(kernels.map(({ name }) => name)).toEqual(namesOf(facts));
    const { commands: _commands, ...rest } = facts.rows[0]!;
    expect(kernels[0]?.facts).toMatchObject(JSON.parse(JSON.stringify(rest)) as object);
    JSON.parse(files.get('comparison.json')!);
  });

  everyReport('has its CSV read back as a line a kernel, and no formula in it', 10, (facts, files) => {
    const rows: string[][] = parseCsv(files.get('matrix.csv')!);
    expect(rows.map((row) => row.length)).toEqual(rows.map(() => rows[0]!.length));
    expect(rows.slice(1).map(([name]) => name?.replaceAll("'", ''))).toEqual(
      namesOf(facts).map((name) => shortLine(name).replaceAll("'", '')),
    );
    for (const cell of rows.slice(1).flat()) {
      if (!/^-?[\d.]+$/.test(cell)) expect(cell).not.toMatch(/^[\s"']*(?<!')[=+\-@]/);
      expect(cell).not.toMatch(/;[\s"]*[=+\-@]/);
    }
  });

  everyReport('keeps each line of a transcript behind its margin', 6, (facts, files) => {
    for (const path of reportInput(facts).transcripts.values()) {
      const [, , ...body] = files.get(path)!.trimEnd().split('\n');
      const bare = body.filter((line) => !/^(?: *\d* \||### .* \(phase .+\)$|No command ran |$)/.test(line));
      expect(bare).toEqual([]);
    }
  });
});

/** Elements, attributes and text of a document, in order. */
interface Seen {
  elements: string[];
  attributes: string[];
  /** Text outside code, where GitHub looks for mentions and references. */
  prose: string;
  links: string[];
  comments: number;
  /** Cells of each line of each table. */
  cells: number[][];
}

function seenIn(html: string): Seen {
  const seen: Seen = { elements: [], attributes: [], prose: '', links: [], comments: 0, cells: [] };
  const visit = (node: DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.Document, code: boolean): void => {
    if (node.nodeName === '#comment') seen.comments += 1;
    if ('value' in node && !code) seen.prose += `${node.value}\n`;
    const inCode = code || ['code', 'pre', 'style'].includes(node.nodeName);
    if ('tagName' in node) {
      seen.elements.push(node.tagName);
      for (const { name, value } of node.attrs) {
        seen.attributes.push(name);
        if (name === 'href' || name === 'src') seen.links.push(value);
      }
      if (node.tagName === 'table') seen.cells.push([]);
      if (node.tagName === 'tr')
        seen.cells.at(-1)?.push(node.childNodes.filter(({ nodeName }) => /^t[dh]$/.test(nodeName)).length);
    }
    if ('childNodes' in node) for (const child of node.childNodes) visit(child, inCode);
  };
  visit(parseHtml(html), false);
  return seen;
}

const byMicromark = (text: string): string =>
  micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
const EXTENSIONS = ['table', 'autolink', 'strikethrough', 'footnotes', 'tasklist'].flatMap((name) => ['-e', name]);
/** GitHub's own parser, where Debian's package of it is installed. */
const byCmark = (text: string): string =>
  spawnSync('cmark-gfm', [...EXTENSIONS, '--unsafe'], { input: text, encoding: 'utf8' }).stdout;

const MARKDOWN = new Set(
  ['html', 'head', 'body', 'h1', 'h2', 'h3', 'p', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'ul', 'li', 'strong'].concat(['code', 'pre', 'a']), // prettier-ignore
);
/** What GitHub makes links, mentions, mathematics or emoji of, in text that is no code. */
const LIVE = /@\w|https?:\/\/|www\.|(?<![&\w])#\d|\$|:[a-z+][\w+-]*:/i;

function checkMarkdown(facts: RunFacts, files: ReadonlyMap<string, string>, render: (text: string) => string): void {
  const paths = [...reportInput(facts).transcripts.values()];
  for (const file of ['matrix.md', 'summary.md', 'comparison.md']) {
    const seen = seenIn(render(files.get(file)!));
    expect([...new Set(seen.elements)].filter((element) => !MARKDOWN.has(element))).toEqual([]);
    expect(seen.links.filter((link) => !paths.includes(link))).toEqual([]);
    expect(seen.comments).toBe(0);
    expect(LIVE.exec(seen.prose)?.[0] ?? null, file).toBeNull();
    for (const table of seen.cells) expect(new Set(table).size).toBe(1);
    const [headings] = [seen.elements.filter((element) => element === 'h2').length];
    if (file === 'matrix.md') expect(headings).toBeGreaterThanOrEqual(facts.rows.length);
  }
  const [table] = seenIn(render(files.get('matrix.md')!)).cells;
  expect(table).toHaveLength(facts.rows.length + 1);
}

describe('Markdown of a hostile run', () => {
  everyReport('has no link, mention, HTML or broken table in it', 4, (facts, files) =>
    checkMarkdown(facts, files, byMicromark),
  );

  it.skipIf(lacking(['cmark-gfm']))('nor by the parser GitHub uses', () => {
    fc.assert(
      fc.property(run, texts, (of, said) => {
        const facts = hostileFacts(of, said);
        checkMarkdown(facts, everything(facts), byCmark);
      }),
      settings(3),
    );
  });
});

describe('HTML of a hostile run', () => {
  const pages = ['matrix.html', 'history.html'];
  const calm = HOSTILE_RUNS.flatMap((name) => pages.map((page) => seenIn(everything(BENIGN[name]).get(page)!)));
  const elements = new Set(calm.flatMap((seen) => seen.elements));
  const attributes = new Set(calm.flatMap((seen) => seen.attributes));

  everyReport('has no element and no attribute that a harmless one has not', 5, (facts, files) => {
    for (const page of pages) {
      const seen = seenIn(files.get(page)!);
      expect(seen.elements.filter((one) => !elements.has(one))).toEqual([]);
      expect(seen.attributes.filter((one) => !attributes.has(one))).toEqual([]);
      expect(seen.links.filter((link) => !link.startsWith('#') && link !== './x/matrix.html')).toEqual([]);
      expect(seen.comments).toBe(0);
    }
    const { prose } = seenIn(files.get('matrix.html')!);
    for (const name of namesOf(facts)) if (plain(name) !== '') expect(plain(prose)).toContain(plain(plainLines(name)));
  });
});

describe('JUnit of a hostile run', () => {
  const SCHEMA = readFileSync(fileURLToPath(new URL('../fixtures/junit/junit.xsd', import.meta.url)), 'utf8');

  it('is valid by its schema, and says what was said', async () => {
    const documents = fc.sample(fc.tuple(run, texts), { ...settings(3) } as { seed: number; numRuns: number });
    // Every piece on its own too, whatever is drawn.
    documents.push(['rich', [...PIECES]], ['compared', [...PIECES]]);
    for (const [of, said] of documents) {
      const facts = hostileFacts(of, said);
      const contents = buildReports(facts).get('junit.xml')!;
      const { errors } = await validateXML({ xml: { fileName: 'junit.xml', contents }, schema: SCHEMA });
      expect(errors.map(({ message }) => message)).toEqual([]);
      const { testsuites } = parseXml(contents) as unknown as {
        testsuites: { testsuite: { '@name': string }[] };
      };
      const names = ([] as { '@name': string }[]).concat(testsuites.testsuite).map((suite) => suite['@name']);
      expect(names.slice(0, facts.rows.length)).toEqual(namesOf(facts).map((name) => shortLine(name) || '_'));
    }
  });
});

describe('a run in which everything is long', () => {
  it('fills no report but its transcript, its JSON and its page with it', () => {
    const long = ['x'.repeat(200_000), 'y\n'.repeat(100_000), '\u001b['.repeat(100_000), '` '.repeat(100_000)];
    const facts = hostileFacts('rich', ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', ...long]);
    const input = reportInput(facts);
    const files = new Map<string, string>([
      ...(['markdown', 'summary', 'csv', 'junit'] as const).map((name) => [name, renderReport(name, input)] as const),
      ['table', renderTerminal(input, WIDE)],
    ]);
    for (const [file, text] of files) {
      expect(text.length, file).toBeLessThan(500_000);
      expect(text.replace(/\s+/g, ' '), file).toMatch(/\d characters left out; all of it is in journal\.jsonl/);
    }
  });

  it('whatever its number of lines and backticks, makes its reports', () => {
    const facts = hostileFacts('rich', ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', '`\n'.repeat(150_000)]);
    const input = reportInput(facts);
    for (const name of ['markdown', 'summary', 'csv', 'junit'] as const) renderReport(name, input);
    const lines = transcriptsOf(facts, input).map(([, text]) => text.split('\n').length);
    expect(lines.some((count) => count > 150_000)).toBe(true);
  });
});
