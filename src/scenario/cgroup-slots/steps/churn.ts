import type { EventBodies } from '../../../run-events/events.js';
import { created } from '../../../runtime/runtime.js';
import type { Step } from '../../scenario.js';
import { probe, take } from '../bulk.js';
import type { ChurnCase } from '../cases.js';
import type { SlotsContext } from '../context.js';
import type { CapacitySample } from '../events.js';
import { lostSlots } from '../lost.js';
import { readCgroups } from '../readings.js';

type Stopped = EventBodies['churn.finished']['stopped'];

/** Steps 5 and 6: cycles of create and delete with a probe before the first and after each. */
export function churn(churnCase: ChurnCase): Step<SlotsContext> {
  const { number, key, title, limit, slots } = churnCase;
  return {
    phase: key,
    title,
    testCase: `case ${number}`,
    describe: (_row, { docker, sequence }) => {
      const bound = limit(sequence);
      const create = `docker run -id ${bound === null ? '' : `-m ${bound} `}${docker.image}`;
      return `rmdir until ${slots === 1 ? '1 slot is' : `${slots} slots are`} free; ${sequence.cycles} times ${create}, docker rm -f, probe; ends at the first refusal`;
    },
    async run(context) {
      const before = await start(context, churnCase);
      const { after, stopped } = await cycles(context, churnCase, before);
      const { reading } = await readCgroups(context);
      context.journal.append({ kind: 'churn.finished', kernel: context.row.name, case: number, stopped, reading });
      context.lost += lostSlots(before, after);
      context.last = after;
    },
  };
}

/** Frees the slots that are missing by removing test directories, and probes. */
async function start(context: SlotsContext, { number, slots, limit }: ChurnCase): Promise<CapacitySample> {
  const free = context.last?.capacity ?? 0;
  const freed = Math.max(0, slots - free);
  const from = freed > 0 ? [(await take(context, freed)).seq] : [];
  const before = await probe(context, free + freed);
  before.from = [...from, ...before.from];
  const kernel = context.row.name;
  context.journal.append({
    kind: 'churn.started',
    kernel,
    case: number,
    limit: limit(context.settings),
    freed,
    before,
  });
  return before;
}

async function cycles(
  context: SlotsContext,
  { number, limit }: ChurnCase,
  before: CapacitySample,
): Promise<{ after: CapacitySample; stopped: Stopped }> {
  const { row, journal, settings, runtime, shell } = context;
  const total = settings.cycles;
  context.reached(`0 of ${total} cycles`);
  let after = before;
  for (let cycle = 1; cycle <= total; cycle++) {
    context.progress(`cycle ${cycle} of ${total}, ${after.capacity} slots free`, cycle, total);
    const run = await runtime.create(shell, limit(settings));
    const removed = created(run) && (await runtime.remove(shell, run));
    after = await settledProbe(context, before);
    journal.append({ kind: 'churn.cycle', kernel: row.name, case: number, cycle, run, removed, after });
    context.reached(`${cycle} of ${total} cycles`);
    if (created(run)) continue;
    return { after, stopped: runtime.isRefusal(run.error).refused ? 'refused' : 'error' };
  }
  return { after, stopped: 'completed' };
}

/** Probes until nothing seems lost against `before`, or the settle time is over. */
export function settledProbe(context: SlotsContext, before: CapacitySample): Promise<CapacitySample> {
  return probe(context, before.capacity, before.liveDirectories);
}
