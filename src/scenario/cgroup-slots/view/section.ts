/** What a report says of one kernel, and of several together. */
import { ABSENT, duration } from '../../../base/text/figures.js';
import type { Block, Curve, Item, Quote, Text } from '../../../document/document.js';
import type { Plan } from '../../../config/plan.js';
import { CASES } from '../cases.js';
import type { SlotsFacts } from '../facts.js';
import { explainLimits } from '../verdict/limits.js';
import type { SlotsRow } from './columns.js';
import { curveOf } from './curve.js';
import { memoryText, outcomeWord } from './words.js';

/** @param brief one of many rows: a curve is drawn only where slots were lost or refused. */
export function section(own: SlotsRow, brief: boolean): Block[] {
  const heading: Block = { kind: 'heading', text: 'Free slots' };
  const curves = CASES.flatMap(({ key }) => {
    const churn = own.facts[key];
    return churn === null ? [] : [curveOf(churn, own.answer[key])];
  });
  if (curves.length === 0)
    return [heading, { kind: 'paragraph', text: 'No container was created and deleted.' }, facts(own)];
  return [heading, ...drawn(curves, brief), ...undecided(own), facts(own)];
}

function drawn(curves: readonly Curve[], brief: boolean): Block[] {
  const tells = curves.some(({ probes }) => probes.some(({ lost, refused }) => lost > 0 || refused));
  if (!brief || tells) return [{ kind: 'curves', curves }];
  const items = curves.map(({ title, verdict, description, from }): Item => {
    const label = `${title} (${verdict.replaceAll('-', ' ')})`;
    return { label, text: description, tone: 'plain', from };
  });
  return [{ kind: 'list', items }];
}

/** Why a case does not decide, where the verdict stands without it. */
function undecided({ answer }: SlotsRow): Block[] {
  const items = CASES.map(({ key }) => answer[key])
    .filter(({ verdict }) => verdict === 'inconclusive' && answer.verdict !== 'inconclusive')
    .flatMap(({ case: number, reasons, from }) =>
      reasons.map((text): Item => ({ label: `Case ${number} does not decide`, text, tone: 'unknown', from })),
    );
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

function facts({ facts: { cleaned, exhausted }, answer }: SlotsRow): Block {
  const { aftermath, recovery } = answer;
  const named: { name: string; value: Text | null; from?: readonly number[] }[] = [
    {
      name: 'Docker',
      value:
        cleaned &&
        `${cleaned.docker.server}, runc ${cleaned.docker.runc}, ${cleaned.docker.storageDriver}, cgroup driver ${cleaned.docker.cgroupDriver}`,
    },
    { name: 'command line', value: cleaned && [{ code: cleaned.cmdline }] },
    {
      name: 'exhaustion',
      value:
        exhausted &&
        `${exhausted.made} directories made${exhausted.seconds === null ? '' : ` in ${duration(exhausted.seconds)}`}, ` +
          (exhausted.errno === null ? 'never refused' : `then ${exhausted.errno.name} (${exhausted.errno.text})`),
      from: exhausted?.from ?? [],
    },
    { name: 'num_cgroups', value: answer.explanation?.text ?? null },
    {
      name: 'kernel memory per cgroup',
      value: answer.memory?.bytesPerCgroup == null ? null : memoryText(answer),
    },
    {
      name: 'aftermath',
      value: aftermath && `one more container without a limit: ${outcomeWord(aftermath)}, ${aftermath.lost} lost`,
      from: aftermath?.from ?? [],
    },
    {
      name: 'recovery',
      value: recovery.recorded
        ? `missing after drop_caches: ${recovery.missingAfterDropCaches ?? ABSENT}, after removing every directory: ${recovery.lostForGood ?? ABSENT}`
        : null,
      from: recovery.from,
    },
  ];
  return {
    kind: 'facts',
    facts: named.flatMap(({ name, value, from = [] }) => (value === null ? [] : [{ name, value, from }])),
  };
}

/** Every error text of the container runtime in this row, with where it was given. */
export function errors({ case1, case2, case3, aftermath, hold }: SlotsFacts): Quote[] {
  const cycles = [...(case2?.cycles ?? []), ...(case3?.cycles ?? [])];
  const runs = [
    ['Case 1', case1?.run],
    ...cycles.map((cycle) => [`Case ${cycle.case}, creation ${cycle.cycle}`, cycle.run] as const),
    ['Aftermath', aftermath?.run],
    ['Hold control, the kept container', hold?.holder],
    ['Hold control, with no slot left', hold?.refused],
    ['Hold control, after removal', hold?.afterRemoval],
  ] as const;
  return runs.flatMap(([title, run]) =>
    run && run.code !== 0 && run.error !== '' ? [{ title, text: run.error, from: run.from }] : [],
  );
}

/** The source's open question, for these kernels: why the maximum of num_cgroups differs. */
export function overview(rows: readonly SlotsRow[]): Block[] {
  const limits = explainLimits(rows);
  if (limits.length === 0) return [];
  return [
    { kind: 'heading', text: 'Why the maximum of num_cgroups differs' },
    {
      kind: 'paragraph',
      text: [
        'The number that ',
        { code: '/proc/cgroups' },
        ' shows at exhaustion is no measure of what a kernel can hold: it counts what the tool made, what else is alive, and on newer kernels also what is deleted but not yet freed. Taken apart:',
      ],
    },
    {
      kind: 'table',
      id: 'limits-table',
      caption: 'num_cgroups at exhaustion in its parts; a dash means not recorded.',
      head: [
        'kernel',
        'made',
        'test',
        'other live',
        'live',
        'dying',
        'num_cgroups',
        'refused with',
        'limit of the kernel',
      ],
      rows: limits.map(({ kernel, cells }) => [kernel, ...cells]),
      numbersFrom: 1,
    },
    {
      kind: 'list',
      items: limits.map(({ kernel, sentence }) => ({ label: kernel, text: `${sentence}.`, tone: 'plain', from: [] })),
    },
  ];
}

/** How it is measured, for a reader who never saw this tool. */
export function method({ sequence: { cycles, limit } }: Plan): Block[] {
  return [
    {
      kind: 'paragraph',
      text: [
        'A ',
        { term: 'memory cgroup' },
        ' is the kernel’s account of what a group of processes uses. A kernel can hold about 65 thousand of them; each free place is a ',
        { term: 'slot' },
        '. Docker takes one for every container and must get it back when the container is deleted. A kernel that does not give it back ',
        { term: 'leaks' },
        ': after enough containers none can be started any more, although none is running.',
      ],
    },
    {
      kind: 'paragraph',
      text: [
        'To see that in minutes instead of weeks, each kernel was filled with memory cgroups until it refused. Then a slot or two was set free, and containers were created and deleted, ' +
          `${cycles === 1 ? 'once' : `up to ${cycles} times`} without a memory limit (case 2) and as often with `,
        { code: `-m ${limit}` },
        ' (case 3). After each cycle the free slots were counted, by making directories until the kernel refused. A slot is ',
        { term: 'lost' },
        ' when the container is gone and fewer are free than before, and no directory that still lives explains it.',
      ],
    },
  ];
}
