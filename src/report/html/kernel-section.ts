/** Everything about one kernel: what was seen, the curve, the checks, the facts, and the transcript behind them. */
import { clip } from '../../base/text/excerpt.js';
import { largest } from '../../base/lists.js';
import { bootProof } from '../boot.js';
import type { ChurnFacts } from '../../journal/replay.js';
import { toldFindings } from '../../verdict/kernel-said.js';
import { knownFailureWords } from '../../verdict/status.js';
import type { ChurnVerdict } from '../../verdict/types.js';
import { outcomeWord, type ReportRow, verdictCell } from '../cells.js';
import { errorTexts, MOST_EXCERPTS, saidTitle } from '../markdown.js';
import { ABSENT, duration, figure } from '../text.js';
import { spentWords, timeSpent } from '../time-spent.js';
import { TITLES } from '../transcript.js';
import { barChart } from './charts/bars.js';
import { slotsChart } from './charts/slots.js';
import { definitions } from './environment.js';
import type { Evidence } from './evidence.js';
import { LARGEST_BRIEF } from './extent.js';
import { markup, type Markup, type Piece } from './markup.js';
import { curveOf, curveTitle, curveWords, type Curve } from './slots.js';
import { table } from './table.js';
import { chip, symbol, toneOf, toneOfCheck, words, type Tone } from './tone.js';
import { transcript } from './transcript.js';

/**
 * @param number of the kernel in the page, from 1.
 * @param brief one of many: what decides, in words.
 */
export function kernelSection(row: ReportRow, number: number, evidence: Evidence, brief: boolean): Markup {
  const id = `kernel-${number}`;
  const body = markup`${remarks(row)}
${curves(row, id, evidence, brief)}
<h3>Checks</h3>
${brief ? null : markup`<p>What must be seen to hold, or the verdict would mean nothing.</p>`}
${brief ? briefChecks(row, evidence) : checks(row, evidence)}
<h3>Facts</h3>
${kernelFacts(row, evidence)}
${kernelSaid(row, evidence)}
${errors(row, evidence)}
${times(row, id, brief)}`;
  const large = brief && body.text.length > LARGEST_BRIEF;
  const { facts, verdict } = row;
  const release = clip(facts.boot?.release ?? 'no boot recorded', LONGEST_RELEASE);
  return markup`<section id="${id}" class="kernel-section" aria-labelledby="${id}-title">
<h2 id="${id}-title">${facts.kernel.name} ${chip(words(verdict.verdict), toneOf(verdict.verdict))}</h2>
<p class="under">${release}, cgroup ${facts.kernel.cgroup}; ${verdictCell(verdict)}</p>
${large ? markup`<p>There is more to tell of it than fits here: <a href="matrix.md">matrix.md</a> has it.</p>` : body}
<h3>Transcript</h3>
${transcript(facts, evidence.transcript)}
</section>`;
}

function checks({ facts, verdict }: ReportRow, evidence: Evidence): Markup {
  return markup`<ul class="said">${Object.values(verdict.checks).map((check) => {
    const tone = toneOfCheck(check.status);
    return markup`<li class="${tone}">${symbol(tone)}<strong>${CHECKS[check.name]}</strong>: ${words(check.status)}${check.status === 'not-recorded' ? null : `, ${check.detail}`} ${evidence.all(check.from, `${check.name} of ${facts.kernel.name}`)}</li>`;
  })}</ul>`;
}

/** Those that behave on one line, the others as always. */
function briefChecks(row: ReportRow, evidence: Evidence): Markup {
  const all = Object.values(row.verdict.checks);
  const behaving = all.filter(({ status }) => status === 'behaves');
  if (behaving.length < all.length) return checks(row, evidence);
  const lines = behaving.map(
    (check) => markup`${CHECKS[check.name]}: ${check.detail} ${evidence.all(check.from, check.name)}. `,
  );
  return markup`<p class="good">${symbol('good')} All behave.</p><p>${lines}</p>`;
}

/** A release is a guest's word; the boot proof has it whole. */
const LONGEST_RELEASE = 300;

const CHECKS = {
  boot: 'The kernel that was asked for was running',
  exhaustion: 'The kernel itself refused',
  calibration: 'The probe saw what was arranged',
  case1: 'Without a free slot a container was refused',
  hold: 'A kept container took a slot and its removal gave it back',
} as const;

function remarks({ verdict }: ReportRow): Markup | null {
  const lines: [Tone, string, readonly string[]][] = [
    ['unknown', 'Why', verdict.reasons],
    ['bad', 'Worse than the baseline', verdict.regressions],
    ['plain', 'Known failure', verdict.knownFailure === null ? [] : [knownFailureWords(verdict.knownFailure)]],
    ['warn', 'The kernel said', verdict.kernelSaid === null ? [] : [verdict.kernelSaid.text]],
    ['plain', 'Note', verdict.notes],
  ];
  const items = lines.flatMap(([tone, label, texts]) =>
    texts.map((text) => markup`<li class="${tone}">${symbol(tone)}<strong>${label}</strong>: ${text}</li>`),
  );
  return items.length === 0 ? null : markup`<ul class="said">${items}</ul>`;
}

function curves({ facts, verdict }: ReportRow, id: string, evidence: Evidence, brief: boolean): Markup {
  const cases: [ChurnFacts | null, ChurnVerdict][] = [
    [facts.case2, verdict.case2],
    [facts.case3, verdict.case3],
  ];
  const drawn = cases.flatMap(([churn, judged]) => (churn === null ? [] : [{ curve: curveOf(churn, judged), judged }]));
  if (drawn.length === 0) return markup`<h3>Free slots</h3><p>No container was created and deleted.</p>`;
  if (brief && !drawn.some(({ curve }) => curve.probes.some(({ lost, refused }) => lost > 0 || refused))) {
    return markup`<h3>Free slots</h3>
<ul class="said">${drawn.map(({ curve, judged }) => markup`<li>${curveTitle(curve)} ${chip(words(judged.verdict), toneOf(judged.verdict))}: ${curveWords(curve)} ${evidence.all(judged.from, `case ${curve.case} of ${facts.kernel.name}`)}</li>`)}</ul>`;
  }
  const top = largest(drawn.flatMap(({ curve }) => curve.probes.map((one) => one.free + one.inUse + one.lost)));
  const panels = drawn.map(
    ({ curve, judged }) => markup`<figure>
<figcaption>${curveTitle(curve)} ${chip(words(judged.verdict), toneOf(judged.verdict))}</figcaption>
${slotsChart(curve, top, `${id}-case-${curve.case}`)}
<p class="words">${curveWords(curve)} ${evidence.all(judged.from, `case ${curve.case} of ${facts.kernel.name}`)}</p>
</figure>`,
  );
  return markup`<h3>Free slots</h3>
<p class="legend"><span><i class="key free"></i>free</span> <span><i class="key in-use"></i>in use: a directory that lives on holds it</span> <span><i class="key lost"></i>lost: nothing holds it, and it is not free</span> <span class="bad"><b aria-hidden="true">✕</b> creation refused</span></p>
<div class="charts two">${panels}</div>
${
  brief
    ? null
    : slotsTable(
        drawn.map(({ curve }) => curve),
        id,
        facts.kernel.name,
      )
}`;
}

/** Probes of one case that stand in the table of numbers. */
const MOST_PROBES = 120;

function slotsTable(drawn: readonly Curve[], id: string, kernel: string): Markup {
  const left = drawn.reduce((sum, { probes }) => sum + Math.max(0, probes.length - MOST_PROBES), 0);
  const numbers = table({
    id: `${id}-slots`,
    caption: `Slots of ${kernel} before the first cycle of each case and after each.`,
    head: ['probe', 'free', 'in use', 'lost', 'container'],
    rows: drawn.flatMap((curve) =>
      curve.probes
        .slice(0, MOST_PROBES)
        .map(({ cycle, free, inUse, lost, refused }) => [
          cycle === 0 ? `case ${curve.case}, before` : `case ${curve.case}, cycle ${cycle}`,
          free,
          inUse,
          lost,
          cycle === 0 ? ABSENT : refused ? 'refused' : 'created',
        ]),
    ),
    numbersFrom: 1,
  });
  const more = left === 0 ? null : markup`<p>${left} more are in the transcript.</p>`;
  return markup`<details class="numbers"><summary>The numbers</summary>${numbers}${more}</details>`;
}

function kernelFacts({ facts, verdict }: ReportRow, evidence: Evidence): Markup {
  const { artifact, machine, boot, cleaned, exhausted } = facts;
  const { aftermath, recovery, memory } = verdict;
  const of = (what: string) => `${what} of ${facts.kernel.name}`;
  const entries: [string, Piece][] = [
    [
      'kernel from',
      artifact &&
        markup`${artifact.package === null ? artifact.source : `${artifact.package} ${artifact.version ?? ''}`}, ${artifact.origin}<br><code>sha256 ${artifact.sha256}</code>${artifact.note === undefined ? '' : markup`<br>${artifact.note}`}`,
    ],
    ['machine', machine && machineWords(machine)],
    ['boot proof', boot && markup`${bootProof(boot)} ${evidence.all(boot.from, of('the boot proof'))}`],
    [
      'Docker',
      cleaned &&
        `${cleaned.docker.server}, runc ${cleaned.docker.runc}, ${cleaned.docker.storageDriver}, cgroup driver ${cleaned.docker.cgroupDriver}`,
    ],
    ['command line', cleaned && markup`<code>${cleaned.cmdline}</code>`],
    [
      'exhaustion',
      exhausted &&
        markup`${exhausted.made} directories made${exhausted.seconds === null ? null : ` in ${duration(exhausted.seconds)}`}, ${exhausted.errno === null ? 'never refused' : `then ${exhausted.errno.name} (${exhausted.errno.text})`} ${evidence.all(exhausted.from, of('the exhaustion'))}`,
    ],
    ['num_cgroups', verdict.explanation?.text ?? null],
    [
      'kernel memory per cgroup',
      memory?.bytesPerCgroup == null
        ? null
        : `${figure(memory.bytesPerCgroup / 1024, 2)} KiB (${memory.parts.join(' + ')}${memory.missing.length === 0 ? '' : `; this kernel does not show ${memory.missing.join(', ')}`})`,
    ],
    [
      'aftermath',
      aftermath &&
        markup`one more container without a limit: ${outcomeWord(aftermath)}, ${aftermath.lost} lost ${evidence.all(aftermath.from, of('the aftermath'))}`,
    ],
    [
      'recovery',
      recovery.recorded
        ? markup`missing after drop_caches: ${recovery.missingAfterDropCaches ?? ABSENT}, after removing every directory: ${recovery.lostForGood ?? ABSENT} ${evidence.all(recovery.from, of('the recovery'))}`
        : null,
    ],
  ];
  return definitions(entries);
}

function machineWords(machine: NonNullable<ReportRow['facts']['machine']>): string {
  const { provider, accelerator, acceleratorReason, cpus, memoryMib } = machine;
  const by = accelerator === null ? '' : `, ${accelerator} (${acceleratorReason ?? 'no reason told'})`;
  return `${provider}${by}, ${cpus} CPU${cpus === 1 ? '' : 's'}, ${memoryMib} MiB`;
}

function kernelSaid({ facts }: ReportRow, evidence: Evidence): Markup | null {
  const told = toldFindings(facts);
  if (told.length === 0) return null;
  const more = told.length - MOST_EXCERPTS;
  return markup`<h3>What the kernel said</h3>
${told.slice(0, MOST_EXCERPTS).map((finding) => {
  const title = saidTitle(facts, finding);
  return markup`<p>${title} ${evidence.all([finding.seq], `${title}, ${facts.kernel.name}`)}</p><pre class="err"><code>${finding.excerpt.join('\n')}</code></pre>`;
})}${more > 0 ? markup`<p>${more} more are in the journal.</p>` : null}`;
}

/** Error texts shown of one kernel. */
const MOST_ERRORS = 12;

function errors(row: ReportRow, evidence: Evidence): Markup | null {
  const texts = errorTexts(row);
  const tail = row.facts.outcome?.consoleTail ?? null;
  if (texts.length === 0 && tail === null) return null;
  const block = (title: string, text: string, from: readonly number[]) =>
    markup`<p>${title} ${evidence.all(from, `${title}, ${row.facts.kernel.name}`)}</p><pre class="err"><code>${text.trimEnd()}</code></pre>`;
  const left = texts.length - MOST_ERRORS;
  const more = left > 0 ? markup`<p>${left} more are in the transcript.</p>` : null;
  return markup`<h3>Errors, word for word</h3>
${texts.slice(0, MOST_ERRORS).map(([title, text, from]) => block(title, text, from))}${more}${tail === null ? null : block('The console’s last lines', tail.join('\n'), [])}`;
}

function times({ facts }: ReportRow, id: string, brief: boolean): Markup | null {
  const bars = facts.phases.map(({ phase, seconds }) => ({
    name: TITLES[phase],
    value: seconds,
    shown: seconds === null ? 'not finished' : duration(seconds),
  }));
  if (bars.length === 0) return null;
  const whole = facts.outcome === null ? 'The row did not finish' : `${duration(facts.outcome.seconds)} in all`;
  const spent = timeSpent(facts);
  if (brief) {
    const phases = bars.map(({ name, shown }) => `${name} ${shown}`).join('; ');
    return markup`<h3>Where the time went</h3>\n<p>${whole}${spent === null ? null : `: ${spentWords(spent)}`}. ${phases}.</p>`;
  }
  return markup`<h3>Where the time went</h3>
${spent === null ? null : markup`<p>${spentWords(spent)}.</p>`}
<details class="numbers"><summary>${whole}, ${bars.length} phases</summary><figure>${barChart(`Time of each phase, ${facts.kernel.name}`, bars, `${id}-phases`)}</figure></details>`;
}
