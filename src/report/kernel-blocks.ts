/** Everything that is to be said of one kernel, as blocks. */
import type { Check } from '../scenario/answer.js';
import { count } from '../base/text/count.js';
import { ABSENT, duration, figure } from '../base/text/figures.js';
import type { Block, Item, Quote, Text, Tone } from '../document/document.js';
import { toneOfCheck } from '../document/tone.js';
import type { RowFacts } from '../run-events/facts.js';
import { classWords, phaseOf, toldFindings } from '../verdict/kernel-said.js';
import { knownFailureWords } from '../verdict/status.js';
import { bootProof } from './boot.js';
import type { ReportRow } from './input.js';
import { spentWords, timeSpent } from './time-spent.js';
import { titleOf } from './transcript.js';

/** @param brief one of many: what decides. */
export function kernelBlocks(row: ReportRow, brief: boolean): Block[] {
  return [
    ...remarks(row),
    ...scenarioBlocks(row, brief),
    { kind: 'heading', text: 'Checks' },
    ...checks(row, brief),
    { kind: 'heading', text: 'Kernel and machine' },
    kernelFacts(row),
    ...said(row),
    ...errors(row),
    { kind: 'heading', text: 'Where the time went' },
    ...time(row.facts, brief),
  ];
}

function remarks({ verdict }: ReportRow): Block[] {
  const lines: [Tone, string, readonly string[], readonly number[]][] = [
    ['unknown', 'Why', verdict.reasons, []],
    ['bad', 'Worse than the baseline', verdict.regressions, []],
    ['plain', 'Known failure', verdict.knownFailure === null ? [] : [knownFailureWords(verdict.knownFailure)], []],
    [
      'warn',
      'The kernel said',
      verdict.kernelSaid === null ? [] : [verdict.kernelSaid.text],
      verdict.kernelSaid?.from ?? [],
    ],
    ['plain', 'Note', verdict.notes, []],
  ];
  const items = lines.flatMap(([tone, label, texts, from]) => texts.map((text): Item => ({ tone, label, text, from })));
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

/** Of each scenario what it says itself; where there are several, its name stands before it. */
function scenarioBlocks({ scenarios }: ReportRow, brief: boolean): Block[] {
  return scenarios.flatMap(({ scenario, own }) => [
    ...(scenarios.length === 1 ? [] : [{ kind: 'heading' as const, text: `Scenario ${scenario.id}` }]),
    ...scenario.view.section(own, brief),
  ]);
}

/** Those that behave on one line where the report is brief. */
function checks({ verdict, scenarios }: ReportRow, brief: boolean): Block[] {
  const all = [verdict.boot, ...scenarios.flatMap(({ own }) => own.answer.checks)];
  if (brief && all.every(({ status }) => status === 'behaves')) {
    const text = `All behave. ${all.map(({ title, detail }) => `${title}: ${detail}.`).join(' ')}`;
    return [{ kind: 'list', items: [{ tone: 'good', label: '', text, from: [] }] }];
  }
  return [
    ...(brief
      ? []
      : [{ kind: 'paragraph' as const, text: 'What must be seen to hold, or the verdict would mean nothing.' }]),
    { kind: 'list', items: all.map(checkItem) },
  ];
}

function checkItem({ title, status, detail, from }: Check): Item {
  const word = status.replaceAll('-', ' ');
  return {
    tone: toneOfCheck(status),
    label: title,
    text: status === 'not-recorded' ? word : `${word}, ${detail}`,
    from,
  };
}

function kernelFacts({ facts: { artifact, machine, boot } }: ReportRow): Block {
  const facts: { name: string; value: Text; from: readonly number[] }[] = [];
  if (artifact !== null) {
    const name = artifact.package === null ? artifact.source : `${artifact.package} ${artifact.version ?? ''}`;
    const note = artifact.note === undefined ? '' : ` (${artifact.note})`;
    const value = [`${name}, ${artifact.origin}, `, { code: `sha256 ${artifact.sha256}` }, note];
    facts.push({ name: 'kernel from', value, from: [] });
  }
  if (machine !== null) {
    const { provider, accelerator, acceleratorReason, cpus, memoryMib } = machine;
    const by = accelerator === null ? '' : `, ${accelerator} (${acceleratorReason ?? 'no reason recorded'})`;
    const value = `${provider}${by}, ${cpus} CPU${cpus === 1 ? '' : 's'}, ${memoryMib} MiB`;
    facts.push({ name: 'machine', value, from: [] });
  }
  facts.push({ name: 'boot proof', value: boot === null ? ABSENT : bootProof(boot), from: boot?.from ?? [] });
  return { kind: 'facts', facts };
}

/** Excerpts shown of what a kernel said; the journal has all. */
const MOST_EXCERPTS = 8;

function said({ facts }: ReportRow): Block[] {
  const findings = toldFindings(facts);
  if (findings.length === 0) return [];
  const quotes = findings.slice(0, MOST_EXCERPTS).map((finding): Quote => ({
    title: saidTitle(facts, finding),
    text: finding.excerpt.join('\n'),
    from: [finding.seq],
  }));
  const left = findings.length - quotes.length;
  const more = left > 0 ? `${left} more are in the journal.` : '';
  return [
    { kind: 'heading', text: 'What the kernel said' },
    { kind: 'quotes', quotes, more },
  ];
}

/** `soft lockup in phase exhaust, 131.2 s after the kernel started`. */
function saidTitle(row: RowFacts, finding: RowFacts['consoleFindings'][number]): string {
  const phase = phaseOf(row, finding);
  const time = finding.kernelTime === null ? '' : `, ${figure(finding.kernelTime)} s after the kernel started`;
  return `${classWords(finding.class)}${phase === null ? '' : ` in phase ${phase}`}${time}`;
}

/** Error texts shown of one kernel. */
const MOST_ERRORS = 12;

function errors({ facts, scenarios }: ReportRow): Block[] {
  const texts = scenarios.flatMap(({ scenario, own }) => scenario.view.errors(own.facts));
  const tail = facts.outcome?.consoleTail ?? null;
  if (texts.length === 0 && tail === null) return [];
  const left = texts.length - MOST_ERRORS;
  const quotes = [
    ...texts.slice(0, MOST_ERRORS),
    ...(tail === null ? [] : [{ title: 'The console’s last lines', text: tail.join('\n'), from: [] }]),
  ];
  return [
    { kind: 'heading', text: 'Errors, word for word' },
    { kind: 'quotes', quotes, more: left > 0 ? `${left} more are in the transcript.` : '' },
  ];
}

function time(facts: RowFacts, brief: boolean): Block[] {
  const whole = facts.outcome === null ? 'The row did not finish' : `${duration(facts.outcome.seconds)} in all`;
  const spent = timeSpent(facts);
  const text = `${whole}${spent === null ? '' : `: ${spentWords(spent)}`}.`;
  const bars = facts.phases.map(({ phase, seconds }) => ({
    name: titleOf(phase),
    value: seconds,
    shown: seconds === null ? 'not finished' : duration(seconds),
  }));
  if (brief || bars.length === 0) {
    const phases = bars.map(({ name, shown }) => `${name} ${shown}`).join('; ');
    return [{ kind: 'paragraph', text: phases === '' ? text : `${text} ${phases}.` }];
  }
  return [
    { kind: 'paragraph', text },
    {
      kind: 'bars',
      id: 'phases',
      title: `Time of each phase, ${facts.kernel.name}`,
      summary: count(bars.length, 'phase'),
      bars,
    },
  ];
}
