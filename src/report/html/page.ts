/** The matrix as one HTML file for a reader who never saw this tool. */
import { savedNote } from '../boot.js';
import { summarise } from '../../compare/summarise.js';
import type { Comparison } from '../../compare/types.js';
import type { RunFacts } from '../../journal/replay.js';
import type { KernelVerdict } from '../../verdict/types.js';
import { reportRows } from '../cells.js';
import { transcriptPaths } from '../paths.js';
import { duration } from '../text.js';
import { answer, outcomeWords, QUESTION, unfinishedWords } from './answer.js';
import { comparisonSection } from './comparison.js';
import { documentPieces } from './document.js';
import { environment, files } from './environment.js';
import { Evidence } from './evidence.js';
import { extentOf, type Extent } from './extent.js';
import { figures } from './figures.js';
import { kernelSection } from './kernel-section.js';
import { limits } from './limits.js';
import { markup, type Markup } from './markup.js';
import { matrixTable } from './matrix-table.js';
import { chip, toneOf, words } from './tone.js';
import { otherCommands } from './transcript.js';

/** The page as one text. */
export function renderHtml(...args: Parameters<typeof htmlPieces>): string {
  return [...htmlPieces(...args)].join('');
}

type Section = [id: string, title: string, body: Markup | null];

/**
 * The whole report, the same bytes from the same facts, a piece a kernel. Guests' text is escaped; there is no script, and the
 * page's own policy forbids everything but its style sheet. Of a large run it has what decides, and leads to the transcripts.
 * @param comparison with the run's baseline, if it has one.
 */
export function htmlPieces(
  facts: RunFacts,
  verdicts: readonly KernelVerdict[],
  comparison: Comparison | null = null,
): Iterable<string> {
  const extent = extentOf(reportRows(facts, verdicts));
  const { rows, brief } = extent;
  const shownFacts = { ...facts, rows: rows.map((row) => row.facts) };
  const shownVerdicts = rows.map(({ verdict }) => verdict);
  const evidence = Evidence.of(shownFacts, transcriptPaths(facts));
  const sections: Section[] = [
    ['matrix', 'The matrix', matrixTable(rows, evidence, brief)],
    ['method', 'How it was measured', method(facts)],
    ['comparison', 'Against the earlier run', comparison && comparisonSection(comparison)],
    ['figures', 'Memory and time', figures(summarise(shownFacts, shownVerdicts), brief)],
    ['limits', 'Why the maximum differs between kernels', limits(shownFacts, shownVerdicts)],
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
    header: header(facts, extent, verdicts),
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

function header(facts: RunFacts, { rows, note }: Extent, verdicts: readonly KernelVerdict[]): Markup {
  const unfinished = unfinishedWords(facts);
  const took = facts.finished === null ? '' : `, took ${duration(facts.finished.seconds)}`;
  const resumed = facts.resumed.length === 0 ? '' : `, resumed ${facts.resumed.length}×`;
  return markup`
<p class="brand">${facts.tool.name} · profile ${facts.profile} · run ${facts.run}</p>
<h1>${QUESTION}</h1>
<p class="answer">${answer(verdicts)}</p>
<ul class="kernels">${rows.map(({ facts: row, verdict }, i) => markup`<li><a href="#kernel-${i + 1}">${row.kernel.name}</a> ${chip(words(verdict.verdict), toneOf(verdict.verdict))}</li>`)}</ul>
<p>${outcomeWords(verdicts)}</p>
${unfinished === null ? null : markup`<p class="notice">${unfinished}</p>`}
${note === null ? null : markup`<p class="notice">${note}</p>\n`}<p class="under">Started ${readable(facts.startedAt)}${took}${resumed}.</p>
`;
}

function readable(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso;
}

function method(facts: RunFacts): Markup {
  const { cycles, limit } = facts.plan.sequence;
  const saved =
    savedNote(facts) === null
      ? ''
      : ' (or started from a snapshot of an earlier run’s machine: its boot proof says so)';
  return markup`<p>A <dfn>memory cgroup</dfn> is the kernel’s account of what a group of processes uses. A kernel can hold about 65 thousand of them; each free place is a <dfn>slot</dfn>. Docker takes one for every container and must get it back when the container is deleted. A kernel that does not give it back <dfn>leaks</dfn>: after enough containers none can be started any more, although none is running.</p>
<p>To see that in minutes instead of weeks, each kernel was booted for real${saved}, proven to be the one that runs, and filled with memory cgroups until it refused. Then a slot or two was set free, and containers were created and deleted, ${cycles === 1 ? 'once' : `up to ${cycles} times`} without a memory limit (case 2) and as often with <code>-m ${limit}</code> (case 3). After each cycle the free slots were counted, by making directories until the kernel refused. A slot is <dfn>lost</dfn> when the container is gone and fewer are free than before, and no directory that still lives explains it.</p>
<dl class="words">
<div><dt>${chip('clean', 'good')}</dt><dd>no slot was lost</dd></div>
<div><dt>${chip('reclaimable', 'warn')}</dt><dd>slots were lost, and came back later or under pressure</dd></div>
<div><dt>${chip('leaks', 'bad')}</dt><dd>slots were lost for good</dd></div>
<div><dt>${chip('inconclusive', 'unknown')}</dt><dd>it was measured, and the measurement does not decide</dd></div>
<div><dt>${chip('not measured', 'unknown')}</dt><dd>the kernel could not be brought to run the experiment, or did not finish it</dd></div>
</dl>`;
}
