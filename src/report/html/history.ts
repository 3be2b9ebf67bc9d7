/** Many runs on one page: how each kernel's verdict and figures moved from run to run. */
import { ABSENT } from '../../base/text/figures.js';
import { largest, smallest } from '../../base/lists.js';
import type { CaseSummary, KernelSummary, RunSummary } from '../../run-events/run-summary.js';
import { trendChart } from './charts/trend.js';
import { htmlDocument } from './document.js';
import { toneOfVerdict } from '../../document/tone.js';
import { drawnFigures, median, shown, type Drawn } from './figures.js';
import { markup, type Markup, type Piece } from './markup.js';
import { table } from './table.js';
import { chip, symbol, words } from './tone.js';

export interface HistoryRun {
  summary: RunSummary;
  /** `finished`, `interrupted`, `not finished`. */
  state: string;
  /** Relative URL of its report; null if it has none. */
  href: string | null;
}

export interface HistoryFacts {
  /** Oldest first. */
  runs: readonly HistoryRun[];
  /** What was found and could not be read. */
  skipped: readonly { name: string; reason: string }[];
}

/** One kernel of one profile, in the runs that have it. */
interface Track {
  profile: string;
  kernel: string;
  entries: { run: HistoryRun; summary: KernelSummary }[];
}

/** The page, the same bytes from the same runs. Kernels are told apart by profile and row name. */
export function renderHistory({ runs, skipped }: HistoryFacts): string {
  const tracks = tracksOf(runs);
  const profiles = [...new Set(tracks.map(({ profile }) => profile))];
  const numbered = tracks.map((track, i) => ({ track, id: `track-${i + 1}` }));
  const of = (profile: string) => numbered.filter(({ track }) => track.profile === profile);
  return htmlDocument({
    title: 'Kernel matrix, history',
    header: markup`
<p class="brand">kernel-matrix · history</p>
<h1>How did each kernel change from run to run?</h1>
<p class="answer">${headline(tracks)}</p>
<p class="under">${counted(runs.length, 'run')}${span(runs)}.</p>
${skipped.length === 0 ? null : markup`<ul class="said">${skipped.map(({ name, reason }) => markup`<li class="unknown">${symbol('unknown')}<strong>${name}</strong> could not be read and is left out: ${reason}</li>`)}</ul>`}
`,
    main: [
      markup`<nav aria-label="Contents"><ul>${numbered.map(({ track, id }) => markup`<li><a href="#${id}">${track.kernel}${profiles.length > 1 ? ` (${track.profile})` : null}</a></li>`)}</ul></nav>
${profiles.map(
  (profile, i) => markup`<section aria-labelledby="profile-${i + 1}">
<h2 id="profile-${i + 1}">Profile ${profile}</h2>
${of(profile).map(({ track, id }) => trackSection(track, id))}</section>
`,
)}`,
    ],
  });
}

function tracksOf(runs: readonly HistoryRun[]): Track[] {
  const tracks = new Map<string, Track>();
  for (const run of runs) {
    for (const summary of run.summary.kernels) {
      const { profile } = run.summary;
      const key = JSON.stringify([profile, summary.kernel]);
      const track = tracks.get(key) ?? { profile, kernel: summary.kernel, entries: [] };
      track.entries.push({ run, summary });
      tracks.set(key, track);
    }
  }
  return [...tracks.values()];
}

/** Verdicts say something about a kernel; the other words say only that nothing was learnt. */
const VERDICTS = ['clean', 'reclaimable', 'leaks'];

/** Changes of a verdict from one run that has one to the next. */
function turns({ entries }: Track): { from: string; to: string; run: HistoryRun }[] {
  const judged = entries.filter(({ summary }) => VERDICTS.includes(summary.verdict));
  return judged.flatMap(({ run, summary }, i) => {
    const from = judged[i - 1]?.summary.verdict ?? summary.verdict;
    return from === summary.verdict ? [] : [{ from, to: summary.verdict, run }];
  });
}

function headline(tracks: readonly Track[]): string {
  const changed = tracks.filter((track) => turns(track).length > 0);
  if (tracks.length === 0) return 'There is no kernel in these runs.';
  if (changed.length === 0) return `No verdict changed, of ${counted(tracks.length, 'kernel')}.`;
  const told = changed.map((track) => {
    const last = turns(track).at(-1);
    return `${track.kernel} from ${last?.from} to ${last?.to} in run ${last?.run.summary.run}`;
  });
  return `${changed.length} of ${counted(tracks.length, 'kernel')} changed ${changed.length === 1 ? 'its verdict' : 'their verdicts'}: ${told.join('; ')}.`;
}

function trackSection(track: Track, id: string): Markup {
  const { entries, kernel } = track;
  const last = entries.at(-1);
  const word = last?.summary.verdict ?? 'not-measured';
  const had = drawnFigures(entries.map(({ summary }) => summary));
  return markup`<div class="track" id="${id}">
<h3>${kernel} ${chip(words(word), toneOfVerdict(word))}</h3>
<p class="under">${trackWords(track)}</p>
<ol class="strip" aria-label="Verdicts of ${kernel}, oldest first">${entries.map(({ run, summary }) => markup`<li>${linked(run, chip(words(summary.verdict), toneOfVerdict(summary.verdict)))}<span class="under">${run.summary.startedAt.slice(0, 10)}</span></li>`)}</ol>
<div class="charts">${had.map((figure, i) => markup`<figure><figcaption>${figure.title}</figcaption>${trend(figure, track, `${id}-${i + 1}`)}</figure>`)}</div>
${numbers(track, had, id)}
</div>
`;
}

function trackWords(track: Track): string {
  const { entries } = track;
  const changes = turns(track);
  const releases = [...new Set(entries.flatMap(({ summary }) => summary.release ?? []))];
  const unknown = entries.filter(({ summary }) => !VERDICTS.includes(summary.verdict)).length;
  return [
    `In ${counted(entries.length, 'run')}`,
    changes.length === 0
      ? 'the verdict never changed'
      : `the verdict changed: ${changes.map(({ from, to, run }) => `${from} → ${to} in ${run.summary.run}`).join(', ')}`,
    ...(unknown === 0 ? [] : [`${unknown} without a verdict`]),
    ...(releases.length === 0 ? [] : [`${releases.length === 1 ? 'release' : 'releases'} ${releases.join(', ')}`]),
  ].join('; ');
}

function trend(figure: Drawn, { entries, kernel }: Track, id: string): Markup {
  const points = entries.map(({ run, summary }) => {
    const samples = figure.samples(summary);
    const middle = median(samples);
    const value = middle === null ? null : { median: middle, least: smallest(samples), most: largest(samples) };
    return { run: run.summary.run, value };
  });
  return trendChart(`${figure.title}, ${kernel}`, points, figure.show, id);
}

function casesOf({ scenarios }: KernelSummary): CaseSummary[] {
  return Object.values(scenarios).flatMap(({ cases }) => cases);
}

function numbers({ entries, kernel }: Track, had: readonly Drawn[], id: string): Markup {
  const cases = [...new Set(entries.flatMap(({ summary }) => casesOf(summary).map(({ name }) => name)))];
  return table({
    id: `${id}-table`,
    caption: `${kernel} in every run, newest first; a dash means not recorded.`,
    head: ['run', 'started', 'verdict', ...cases, ...had.map(({ title }) => title.toLowerCase())],
    rows: entries.toReversed().map(({ run, summary }) => [
      linked(run, markup`${run.summary.run}`),
      markup`${run.summary.startedAt.slice(0, 16).replace('T', ' ')}${run.state === 'finished' ? null : markup`<span class="under">${run.state}</span>`}`,
      word(summary.verdict),
      ...cases.map((name) => {
        const one = casesOf(summary).find((each) => each.name === name);
        return one === undefined ? ABSENT : word(one.verdict);
      }),
      ...had.map((figure) => shown(figure, summary)),
    ]),
    numbersFrom: 3 + cases.length,
  });
}

function word(verdict: string): Markup {
  const tone = toneOfVerdict(verdict);
  return markup`<span class="cell ${tone}">${symbol(tone)}${words(verdict)}</span>`;
}

function linked({ href, summary }: HistoryRun, body: Piece): Markup {
  return href === null
    ? markup`${body}`
    : markup`<a href="${href}">${body}<span class="unseen"> report of run ${summary.run}</span></a>`;
}

function span(runs: readonly HistoryRun[]): string {
  const [first, last] = [runs[0], runs.at(-1)].map((run) => run?.summary.startedAt.slice(0, 10) ?? '');
  return first === last ? ` of ${first}` : ` from ${first} to ${last}`;
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
