/** Whether what shows text of guests takes time as the text grows, or more: a text is compared with ten texts of a tenth of it. */
import { replay } from '../src/scenario/journal.js';
import { shortError } from '../src/runtime/short-error.js';
import { csvField } from '../src/base/text/csv.js';
import { excerpt } from '../src/base/text/excerpt.js';
import { htmlText } from '../src/base/text/html.js';
import { jsonText } from '../src/base/text/json.js';
import { fenced, markdown } from '../src/base/text/markdown.js';
import { plain, plainLines } from '../src/base/text/plain.js';
import { element } from '../src/base/text/xml.js';
import { redact } from '../src/host/redact.js';
import type { JournalEvent } from '../src/run-events/events.js';
import { ConsoleReader } from '../src/console/reader.js';
import { FORMAT_NAMES, renderReport, reportInput } from '../src/report/index.js';
import { renderTerminal } from '../src/report/terminal.js';
import { renderTranscripts } from '../src/report/transcript-maker.js';
import { isCgroupRefusal } from '../src/runtime/refusal.js';
import { pairsOf, timed } from './compare.js';
import { largeJournal } from './large-journal.js';
import type { Pairs } from './results.js';
import type { Subject } from './subject.js';

/** What is kept of a command's answer. */
const LARGE = 4 * 2 ** 20;
const PARTS = 10;
const ROUNDS = 3;

/** What a scanner or a pattern may go back and forth in; each unit fills a text. */
export const UNITS: Readonly<Record<string, string>> = {
  'carriage returns': '\r',
  newlines: '\n',
  'ends of lines of both kinds': '\r\r\n',
  'ESC [': '\u001b[',
  'ESC ]': '\u001b]',
  CSI: '\u009b0;',
  backticks: '`',
  spaces: ' ',
  ampersands: '&',
  underscores: '_',
  quotes: "'",
  semicolons: ';',
  'beginnings of URLs': 'http://a@',
  'beginnings of a refusal': 'docker: Error response from daemon: mkdir /sys/fs/cgroup/memory/docker/',
  letters: 'a',
};

type Work = (text: string) => unknown;

const FUNCTIONS: Readonly<Record<string, Work>> = {
  plain,
  plainLines,
  excerpt: (text) => excerpt(text),
  markdown,
  fenced,
  csvField,
  htmlText,
  jsonText,
  'element (XML)': (text) => element('e', { a: text }, text),
  redact,
  shortError,
  isCgroupRefusal,
  'ConsoleReader.feed, at once': (text) => new ConsoleReader().feed(text),
  'ConsoleReader.feed, in pieces of 64 KiB': (text) => {
    const reader = new ConsoleReader();
    for (let at = 0; at < text.length; at += 2 ** 16) reader.feed(text.slice(at, at + 2 ** 16));
  },
};

/** A run whose one row failed: half of the text is a command's answer, half the reason. */
function factsOf(text: string) {
  const half = text.slice(0, text.length / 2);
  let answered = false;
  const events = largeJournal(1).map((event): JournalEvent => {
    if (event.kind === 'command' && !answered) {
      answered = true;
      return { ...event, code: 1, stderr: half };
    }
    if (event.kind !== 'row.finished') return event;
    return { ...event, outcome: 'failed', phase: 'case1', reason: half };
  });
  const facts = replay(events);
  return { events, facts, input: reportInput(facts) };
}

export const growth: Subject = {
  about: 'what shows text of guests: does its time grow as the text does, whatever the text is?',
  async run(record) {
    for (const [name, work] of Object.entries(FUNCTIONS)) {
      record.pair(await worst(name, (text) => () => void work(text)));
    }
    for (const name of FORMAT_NAMES)
      record.pair(
        await worst(
          `the report ${name}`,
          renders((input) => renderReport(name, input)),
        ),
      );
    const table = renders((input) => renderTerminal(input, { width: 120, colour: false }));
    record.pair(await worst('the table for the terminal', table));
    record.pair(
      await worst('the transcript', (text) => {
        const { events, facts } = factsOf(text);
        return () => void renderTranscripts(events, facts);
      }),
    );
  },
};

function renders(render: (input: ReturnType<typeof reportInput>) => string): (text: string) => () => void {
  return (text) => {
    const { input } = factsOf(text);
    return () => void render(input);
  };
}

/** Of all units the one whose larger text takes the most against its parts. */
async function worst(what: string, prepare: (text: string) => () => void): Promise<Pairs> {
  let found: Pairs | null = null;
  for (const [name, unit] of Object.entries(UNITS)) {
    const pairs = await paired(`${what}: worst of ${Object.keys(UNITS).length} inputs, ${name}`, unit, prepare);
    if (found === null || pairs.ratio > found.ratio) found = pairs;
  }
  return found!;
}

async function paired(what: string, unit: string, prepare: (text: string) => () => void): Promise<Pairs> {
  const [large, small] = [LARGE, LARGE / PARTS].map((size) => prepare(unit.repeat(Math.ceil(size / unit.length))));
  const times: [number[], number[]] = [[], []];
  small!();
  for (let round = 0; round < ROUNDS; round++) {
    times[0].push(await timed(large!, 'cpu'));
    times[1].push(
      await timed(() => {
        for (let part = 0; part < PARTS; part++) small!();
      }, 'cpu'),
    );
  }
  return pairsOf(what, 'cpu', { name: '4 MiB', seconds: times[0] }, { name: 'ten times 410 KiB', seconds: times[1] });
}
