/** The matrix as Markdown: the table, then each kernel in detail. */
import { fenced, markdown } from '../base/text/markdown.js';
import { shortLine } from '../base/text/short-line.js';
import { append } from '../base/lists.js';
import type { Comparison } from '../compare/types.js';
import type { RowFacts, RunFacts } from '../journal/replay.js';
import { classWords, phaseOf, toldFindings } from '../verdict/kernel-said.js';
import { explainLimits } from '../verdict/limits.js';
import type { ChurnVerdict, KernelVerdict } from '../verdict/types.js';
import { bootProof, savedNote } from './boot.js';
import { COLUMNS, KERNEL_TITLE, type ReportRow, reportRows, verdictCell } from './cells.js';
import { renderComparisonMarkdown } from './comparison-markdown.js';
import { shardLines } from './shards.js';
import { ABSENT, duration, figure, rangeWords, seqs } from './text.js';
import { spentWords, timeSpent } from './time-spent.js';

/** The report as one text. */
export function renderMarkdown(...args: Parameters<typeof markdownPieces>): string {
  return [...markdownPieces(...args)].join('');
}

/**
 * The whole report, a piece a kernel. The first line says which profile and why. Guests' text is escaped: it can make neither markup nor
 * HTML, nor break a table or a fence.
 * @param transcripts relative file name of each kernel's transcript.
 * @param comparison with the run's baseline, if it has one.
 */
export function* markdownPieces(
  facts: RunFacts,
  verdicts: readonly KernelVerdict[],
  transcripts: ReadonlyMap<string, string> = new Map(),
  comparison: Comparison | null = null,
): Generator<string, void> {
  const rows = reportRows(facts, verdicts);
  const lines = [
    `# Kernel matrix, profile ${markdown(facts.profile)}: ${markdown(facts.profileReason)}`,
    '',
    `Run ${markdown(facts.run)}, started ${markdown(facts.startedAt)}${runState(facts)}. ` +
      `${markdown(facts.tool.name)} ${markdown(facts.tool.version)} on ${markdown(facts.host.os)}, ` +
      `${facts.host.cpus} CPUs, ${facts.host.memoryMib} MiB. ` +
      `Cycles per churn case: ${facts.plan.sequence.cycles}; limit in case 3: ${markdown(facts.plan.sequence.limit)}.`,
    '',
    tableLine([KERNEL_TITLE, ...COLUMNS.map((column) => column.title)]),
    tableLine(['---', ...COLUMNS.map(() => '---')]),
    ...rows.map((row) =>
      tableLine([row.facts.kernel.name, ...COLUMNS.map((column) => column.cell(row))].map(markdown)),
    ),
    '',
    '`—` means not recorded. A slot is a memory-cgroup id that can still be had; it is lost when a cycle has ended,',
    'capacity fell and no living directory explains it. Numbers after “journal” are `seq` in journal.jsonl, shown in',
    'the margin of the transcripts.',
  ];
  const saved = savedNote(facts);
  if (saved !== null) lines.push('', markdown(saved));
  if (comparison !== null) lines.push('', renderComparisonMarkdown(comparison, 2).trimEnd());
  append(lines, [...limitLines(facts, verdicts), ...fileLines(facts), ...retryLines(facts), ...shardLines(facts)]);
  yield `${lines.join('\n')}\n`;
  for (const row of rows) {
    yield `\n${kernelSection(row, transcripts.get(row.facts.kernel.name) ?? null).join('\n')}\n`;
  }
}

/** What was tried again. */
function retryLines({ retried }: RunFacts): string[] {
  if (retried.length === 0) return [];
  return [
    '',
    `Tried again ${retried.length} time${retried.length === 1 ? '' : 's'}, for faults of the network or of this host, never for a verdict:`,
    '',
    ...retried.map(
      ({ seq, what, attempt, reason }) =>
        `- ${markdown(`${what} (${attempt}): ${reason.split('\n')[0] ?? ''}`)}${seqs([seq])}`,
    ),
  ];
}

/** The source's open question, for these kernels. */
function limitLines(facts: RunFacts, verdicts: readonly KernelVerdict[]): string[] {
  const limits = explainLimits(facts, verdicts);
  if (limits.length === 0) return [];
  return [
    '',
    '## Why the maximum of num_cgroups differs',
    '',
    tableLine([
      'kernel',
      'made',
      '`test`',
      'other live',
      'live',
      'dying',
      'num_cgroups',
      'refused with',
      'limit of the kernel',
    ]),
    tableLine(Array.from({ length: 9 }, () => '---')),
    ...limits.map((limit) => tableLine([limit.kernel, ...limit.cells].map(markdown))),
    '',
    ...limits.map(({ kernel, sentence }) => `- ${markdown(kernel)}: ${markdown(sentence)}`),
  ];
}

/** Every file that came from elsewhere, with what vouches for it. */
function fileLines({ fetched }: RunFacts): string[] {
  if (fetched.length === 0) return [];
  return [
    '',
    '## Files fetched',
    '',
    ...fetched.map((file) => {
      const refused = file.refused.map(({ place, reason }) => `; not from ${place}: ${reason}`).join('');
      const text = `${file.use}: ${file.name}, ${file.size} bytes, sha256 ${file.sha256}, from ${file.place} (${file.from}), verified by ${file.verifiedBy}${refused}`;
      return `- ${markdown(text)}${journal([file.seq])}`;
    }),
  ];
}

function tableLine(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function runState(facts: RunFacts): string {
  const resumed = facts.resumed.length === 0 ? '' : `, resumed ${facts.resumed.length}×`;
  if (facts.finished !== null) return `${resumed}, took ${duration(facts.finished.seconds)}`;
  if (facts.interrupted !== null) return `${resumed}, interrupted by ${markdown(facts.interrupted.signal)}`;
  return `${resumed}, not finished`;
}

function kernelSection(row: ReportRow, transcript: string | null): string[] {
  const { facts, verdict } = row;
  const lines = [`## ${markdown(facts.kernel.name)}: ${markdown(verdictCell(verdict))}`, ''];
  for (const reason of verdict.reasons) lines.push(`- **why:** ${markdown(reason)}`);
  for (const line of verdict.regressions) lines.push(`- **worse than the baseline:** ${markdown(line)}`);
  for (const note of verdict.notes) lines.push(`- note: ${markdown(note)}`);
  if (verdict.kernelSaid !== null) {
    lines.push(`- **the kernel said:** ${markdown(verdict.kernelSaid.text)}${journal(verdict.kernelSaid.from)}`);
  }
  append(lines, factLines(row));
  append(lines, [...churnLines(verdict.case2), ...churnLines(verdict.case3)]);
  for (const check of Object.values(verdict.checks)) {
    lines.push(`- check ${check.name}: ${check.status} (${markdown(check.detail)})${journal(check.from)}`);
  }
  append(lines, [...afterLines(verdict), ...phaseLines(row)]);
  lines.push(
    `- evidence: ${transcript === null ? 'no transcript' : `[${markdown(transcript)}](${transcript})`}${commandRange(row)}`,
  );
  append(lines, saidLines(row));
  for (const [title, text, from] of errorTexts(row)) {
    lines.push('', `${title}, verbatim${journal(from)}:`, '', fenced(text));
  }
  if (facts.outcome?.consoleTail)
    lines.push('', 'Console, last lines:', '', fenced(facts.outcome.consoleTail.join('\n')));
  return lines;
}

/** Excerpts shown of what a kernel said; the journal has all. */
export const MOST_EXCERPTS = 8;

function saidLines({ facts }: ReportRow): string[] {
  const told = toldFindings(facts);
  if (told.length === 0) return [];
  const lines = ['', '### What the kernel said'];
  for (const finding of told.slice(0, MOST_EXCERPTS)) {
    lines.push(
      '',
      `${markdown(saidTitle(facts, finding))}${journal([finding.seq])}:`,
      '',
      fenced(finding.excerpt.join('\n')),
    );
  }
  if (told.length > MOST_EXCERPTS) lines.push('', `${told.length - MOST_EXCERPTS} more are in the journal.`);
  return lines;
}

/** `soft lockup in phase exhaust, 131.2 s after the kernel started`. */
export function saidTitle(row: RowFacts, finding: RowFacts['consoleFindings'][number]): string {
  const phase = phaseOf(row, finding);
  const time = finding.kernelTime === null ? '' : `, ${figure(finding.kernelTime)} s after the kernel started`;
  return `${classWords(finding.class)}${phase === null ? '' : ` in phase ${phase}`}${time}`;
}

function journal(from: readonly number[]): string {
  return from.length === 0 ? '' : `, journal ${seqs(from)}`;
}

function factLines({ facts, verdict }: ReportRow): string[] {
  const { artifact, machine, boot, cleaned, exhausted } = facts;
  const lines: string[] = [];
  if (artifact !== null) {
    const name = artifact.package === null ? artifact.source : `${artifact.package} ${artifact.version ?? ''}`;
    const note = artifact.note === undefined ? '' : ` (${markdown(artifact.note)})`;
    lines.push(
      `- kernel from ${markdown(name)}, ${markdown(artifact.origin)}, sha256 ${markdown(artifact.sha256)}${note}`,
    );
  }
  if (machine !== null) {
    const accelerator =
      machine.accelerator === null ? '' : `, ${machine.accelerator} (${machine.acceleratorReason ?? 'no reason told'})`;
    lines.push(
      `- machine: ${markdown(`${machine.provider}${accelerator}`)}, ${machine.cpus} CPUs, ${machine.memoryMib} MiB`,
    );
  }
  lines.push(
    boot === null ? `- boot proof: ${ABSENT}` : `- boot proof: ${markdown(bootProof(boot))}${journal(boot.from)}`,
  );
  if (cleaned !== null) {
    const { docker } = cleaned;
    lines.push(
      `- Docker ${markdown(`${docker.server}, runc ${docker.runc}, ${docker.storageDriver}, cgroup driver ${docker.cgroupDriver}`)}; command line: ${markdown(cleaned.cmdline)}`,
    );
  }
  if (exhausted === null) lines.push(`- exhaustion: ${ABSENT}`);
  else {
    const errno = exhausted.errno === null ? 'never refused' : `then ${exhausted.errno.name} (${exhausted.errno.text})`;
    lines.push(
      `- exhaustion: ${exhausted.made} made${exhausted.seconds === null ? '' : ` in ${duration(exhausted.seconds)}`}, ${markdown(errno)}${journal(exhausted.from)}`,
    );
  }
  lines.push(
    `- num_cgroups explained: ${markdown(verdict.explanation?.text ?? ABSENT)}`,
    `- kernel memory per cgroup: ${memoryText(verdict)}`,
  );
  return lines;
}

function memoryText({ memory }: KernelVerdict): string {
  if (memory?.bytesPerCgroup == null) return ABSENT;
  const missing = memory.missing.length === 0 ? '' : `; this kernel does not show ${memory.missing.join(', ')}`;
  return `${figure(memory.bytesPerCgroup / 1024, 2)} KiB (${memory.parts.join(' + ')}${missing})`;
}

function churnLines(churn: ChurnVerdict): string[] {
  const name = `case ${churn.case} (${churn.case === 2 ? 'no limit' : `-m ${markdown(churn.limit ?? ABSENT)}`})`;
  if (churn.completed === null) return [`- ${name}: ${churn.verdict}`];
  const [before, ...after] = churn.capacities;
  const refused =
    churn.refusedAtCycle === null
      ? ''
      : `, creation ${churn.refusedAtCycle} refused (${markdown(churn.refusalErrno ?? 'errno not told')})`;
  return [
    `- ${name}: **${churn.verdict}**, ${churn.completed} completed${refused}; capacity ${before ?? ABSENT} → ${numbers(after)}; ` +
      `lost by cycle ${numbers(churn.lostPerCycle)}, in all ${churn.lost ?? ABSENT}${journal(churn.from)}`,
    ...churn.reasons.map((reason) => `  - ${markdown(reason)}`),
  ];
}

function numbers(values: readonly number[]): string {
  return shortLine(values.join(', ')) || ABSENT;
}

function afterLines({ aftermath, recovery }: KernelVerdict): string[] {
  const good = recovery.lostForGood === null ? ABSENT : String(recovery.lostForGood);
  return [
    `- aftermath: ${aftermath === null ? ABSENT : `${markdown(aftermath.detail)}, lost ${aftermath.lost}${journal(aftermath.from)}`}`,
    `- recovery: missing after drop_caches ${recovery.missingAfterDropCaches ?? ABSENT}, after removing everything ${good}${journal(recovery.from)}`,
  ];
}

function phaseLines({ facts }: ReportRow): string[] {
  if (facts.phases.length === 0) return [`- phases: ${ABSENT}`];
  const phases = facts.phases.map(
    ({ phase, seconds }) => `${phase} ${seconds === null ? '(not finished)' : duration(seconds)}`,
  );
  const total = facts.outcome === null ? '' : `; row ${duration(facts.outcome.seconds)}`;
  const spent = timeSpent(facts);
  return [`- phases: ${phases.join(', ')}${total}`, ...(spent === null ? [] : [`- time spent: ${spentWords(spent)}`])];
}

function commandRange({ facts }: ReportRow): string {
  const { numbers } = facts.commands;
  return numbers.count === 0 ? '' : `, ${numbers.count} commands, journal ${rangeWords(numbers)}`;
}

/** Every error text Docker gave in this row, with where it was given. */
export function errorTexts({ facts }: ReportRow): [title: string, text: string, from: number[]][] {
  const cycles = [...(facts.case2?.cycles ?? []), ...(facts.case3?.cycles ?? [])];
  const runs = [
    ['Case 1', facts.case1?.run],
    ...cycles.map((cycle) => [`Case ${cycle.case}, creation ${cycle.cycle}`, cycle.run] as const),
    ['Aftermath', facts.aftermath?.run],
    ['Hold control, the kept container', facts.hold?.holder],
    ['Hold control, with no slot left', facts.hold?.refused],
    ['Hold control, after removal', facts.hold?.afterRemoval],
  ] as const;
  return runs.flatMap(([title, run]) =>
    run && run.code !== 0 && run.error !== '' ? [[title, run.error, run.from] as [string, string, number[]]] : [],
  );
}
