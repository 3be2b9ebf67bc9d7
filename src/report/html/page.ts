/** The matrix as one HTML file for a reader who never saw this tool. */
import type { RunFacts } from '../../run-events/facts.js';
import { duration } from '../../base/text/figures.js';
import { savedNote } from '../boot.js';
import { summarise } from '../../compare/summarise.js';
import { answer, outcomeWords, QUESTION, unfinishedWords } from './answer.js';
import { comparisonSection } from './comparison.js';
import { documentPieces } from './document.js';
import { environment, files } from './environment.js';
import { Evidence } from './evidence.js';
import { extentOf, type Extent } from './extent.js';
import { figures } from './figures.js';
import { kernelSection } from './kernel-section.js';
import { markup, type Markup } from './markup.js';
import { matrixTable } from './matrix-table.js';
import { toneOfVerdict } from '../../document/tone.js';
import { scenariosOf } from '../../scenario/index.js';
import { columnsOf } from '../columns.js';
import type { ReportInput } from '../input.js';
import { overviewBlocks } from '../overview.js';
import { htmlBlocks, type Place } from './blocks.js';
import { chip, words } from './tone.js';
import { otherCommands } from './transcript.js';

/** The page as one text. */
export function renderHtml(input: ReportInput): string {
  return [...htmlPieces(input)].join('');
}

type Section = [id: string, title: string, body: Markup | null];

/**
 * The whole report, the same bytes from the same facts, a piece a kernel. Guests' text is escaped; there is no script, and the
 * page's own policy forbids everything but its style sheet. Of a large run it has what decides, and leads to the transcripts.
 */
export function htmlPieces(input: ReportInput): Iterable<string> {
  const { facts, comparison, transcripts } = input;
  const extent = extentOf(input.rows);
  const { rows, brief } = extent;
  const shownFacts = { ...facts, rows: rows.map((row) => row.facts) };
  const summary = summarise(
    shownFacts,
    rows.map(({ verdict }) => verdict),
  );
  const evidence = Evidence.of(shownFacts, transcripts);
  const columns = columnsOf(scenariosOf(facts.plan));
  const overview = overviewBlocks(rows);
  const place = { id: 'overview', about: 'the kernels', evidence, brief };
  const sections: Section[] = [
    ['matrix', 'The matrix', matrixTable(rows, columns, evidence, brief)],
    ['method', 'How it was measured', method(facts, place)],
    ['comparison', 'Against the earlier run', comparison && comparisonSection(comparison)],
    ['figures', 'Memory and time', figures(summary, brief)],
    ['overview', 'The kernels together', overview.length === 0 ? null : htmlBlocks(overview, place)],
  ];
  const last: Section[] = [
    ['environment', 'Environment', environment(facts)],
    ['files', 'Files fetched', files(facts)],
    ['others', 'Commands between the rows', facts.commands.numbers.count === 0 ? null : otherCommands(facts.commands)],
  ];
  const shown = (all: Section[]) => all.filter(([, , body]) => body !== null);
  const links: [string, string][] = [
    ...shown(sections).map(([id, title]): [string, string] => [id, title]),
    // The header has them too; of many once is enough.
    ...(brief ? [] : rows.map(({ facts: row }, i): [string, string] => [`kernel-${i + 1}`, row.kernel.name])),
    ...shown(last).map(([id, title]): [string, string] => [id, title]),
  ];
  return documentPieces({
    title: `Kernel matrix, run ${facts.run}`,
    header: header(input, extent),
    main: main(links, shown(sections), extent, evidence, shown(last)),
  });
}

function* main(
  links: [string, string][],
  first: Section[],
  { rows, brief }: Extent,
  evidence: Evidence,
  last: Section[],
): Generator<Markup, void> {
  yield markup`<nav aria-label="Contents"><ul>${links.map(([id, title]) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>\n`;
  for (const each of first) yield section(each);
  for (const [i, row] of rows.entries()) yield markup`${kernelSection(row, i + 1, evidence.ofRow(row.facts), brief)}\n`;
  for (const each of last) yield section(each);
}

function section([id, title, body]: Section): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${title}</h2>\n${body}\n</section>\n`;
}

function header({ facts, verdicts, rows: all }: ReportInput, { rows, note }: Extent): Markup {
  const unfinished = unfinishedWords(facts);
  const took = facts.finished === null ? '' : `, took ${duration(facts.finished.seconds)}`;
  const resumed = facts.resumed.length === 0 ? '' : `, resumed ${facts.resumed.length}×`;
  return markup`
<p class="brand">${facts.tool.name} · profile ${facts.profile} · run ${facts.run}</p>
<h1>${QUESTION}</h1>
<p class="answer">${answer(all)}</p>
<ul class="kernels">${rows.map(({ facts: row, verdict }, i) => markup`<li><a href="#kernel-${i + 1}">${row.kernel.name}</a> ${chip(words(verdict.verdict), toneOfVerdict(verdict.verdict))}</li>`)}</ul>
<p>${outcomeWords(verdicts)}</p>
${unfinished === null ? null : markup`<p class="notice">${unfinished}</p>`}
${note === null ? null : markup`<p class="notice">${note}</p>\n`}<p class="under">Started ${readable(facts.startedAt)}${took}${resumed}.</p>
`;
}

function readable(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso;
}

function method(facts: RunFacts, place: Place): Markup {
  const saved =
    savedNote(facts) === null
      ? ''
      : ' (or started from a snapshot of an earlier run’s machine: its boot proof says so)';
  const blocks = scenariosOf(facts.plan).flatMap(({ view }) => view.method(facts.plan));
  return markup`<p>Each kernel was booted for real${saved}, and proven to be the one that runs.</p>
${htmlBlocks(blocks, place)}
<dl class="words">
<div><dt>${chip('clean', 'good')}</dt><dd>no slot was lost</dd></div>
<div><dt>${chip('reclaimable', 'warn')}</dt><dd>slots were lost, and came back later or under pressure</dd></div>
<div><dt>${chip('leaks', 'bad')}</dt><dd>slots were lost for good</dd></div>
<div><dt>${chip('inconclusive', 'unknown')}</dt><dd>it was measured, and the measurement does not decide</dd></div>
<div><dt>${chip('not measured', 'unknown')}</dt><dd>the kernel could not be brought to run the experiment, or did not finish it</dd></div>
</dl>`;
}
