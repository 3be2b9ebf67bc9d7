/** What the journal records of the scenario in one row. */
import type { EventKind, JournalEvent } from '../../run-events/events.js';
import type { RowFacts } from '../../run-events/facts.js';
import type { CaseNumber } from './events.js';

/** One churn case as recorded: its start, its cycles in order, and its end if it got there. */
export interface ChurnFacts {
  started: JournalEvent<'churn.started'>;
  cycles: JournalEvent<'churn.cycle'>[];
  finished: JournalEvent<'churn.finished'> | null;
}

/** Null means not recorded, never zero. */
export interface SlotsFacts {
  cleaned: JournalEvent<'cleaned'> | null;
  exhausted: JournalEvent<'exhausted'> | null;
  calibrated: JournalEvent<'calibrated'> | null;
  case1: JournalEvent<'case1.finished'> | null;
  /** Churn without a limit. */
  case2: ChurnFacts | null;
  /** Churn with a limit. */
  case3: ChurnFacts | null;
  aftermath: JournalEvent<'aftermath.finished'> | null;
  hold: JournalEvent<'hold.finished'> | null;
  recover: JournalEvent<'recover.finished'> | null;
}

declare module '../../run-events/facts.js' {
  interface ScenarioFacts {
    'cgroup-slots': SlotsFacts;
  }
}

export function emptySlots(): SlotsFacts {
  return {
    cleaned: null,
    exhausted: null,
    calibrated: null,
    case1: null,
    case2: null,
    case3: null,
    aftermath: null,
    hold: null,
    recover: null,
  };
}

/** What a row's journal has of this scenario. */
export function slotsOf(row: Pick<RowFacts, 'scenarios'>): SlotsFacts {
  return row.scenarios['cgroup-slots'] ?? emptySlots();
}

type Damage = (problem: string) => Error;
type OwnEvent = JournalEvent & { kernel: string };

/** Steps that a row has once, and where their events are kept. */
const ONCE = {
  cleaned: 'cleaned',
  exhausted: 'exhausted',
  calibrated: 'calibrated',
  'case1.finished': 'case1',
  'aftermath.finished': 'aftermath',
  'hold.finished': 'hold',
  'recover.finished': 'recover',
} as const satisfies Partial<Record<EventKind, keyof SlotsFacts>>;

/** Adds an event to the facts. @throws what `damage` makes, if no run can have recorded the event then. */
export function foldSlots(facts: SlotsFacts, event: OwnEvent, damage: Damage): void {
  switch (event.kind) {
    case 'churn.started':
      refuseSecond(facts[caseKey(event.case)]?.started ?? null, event, damage);
      facts[caseKey(event.case)] = { started: event, cycles: [], finished: null };
      break;
    case 'churn.cycle':
      addCycle(churnOf(facts, event, damage), event, damage);
      break;
    case 'churn.finished': {
      const churn = churnOf(facts, event, damage);
      refuseSecond(churn.finished, event, damage);
      churn.finished = event;
      break;
    }
    default: {
      const key = ONCE[event.kind as keyof typeof ONCE];
      refuseSecond(facts[key], event, damage);
      Object.assign(facts, { [key]: event });
    }
  }
}

export function caseKey(number: CaseNumber): 'case2' | 'case3' {
  return `case${number}`;
}

function refuseSecond(earlier: { seq: number } | null, event: OwnEvent, damage: Damage): void {
  if (earlier !== null) throw damage(`a second ${event.kind} of ${event.kernel}, after event ${earlier.seq}`);
}

function churnOf(facts: SlotsFacts, event: JournalEvent<'churn.cycle' | 'churn.finished'>, damage: Damage): ChurnFacts {
  const churn = facts[caseKey(event.case)];
  if (churn !== null) return churn;
  throw damage(`${event.kind} of case ${event.case} without its churn.started`);
}

function addCycle(churn: ChurnFacts, event: JournalEvent<'churn.cycle'>, damage: Damage): void {
  const next = churn.cycles.length + 1;
  if (churn.finished !== null) throw damage(`a cycle of case ${event.case} after its churn.finished`);
  if (event.cycle !== next) throw damage(`cycle ${event.cycle} of case ${event.case} where ${next} was expected`);
  churn.cycles.push(event);
}
