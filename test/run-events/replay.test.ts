import { JournalError } from '../../src/journal/error.js';
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import { replay } from '../../src/scenario/journal.js';
import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/run-events/events.js';
import { addRow, JournalBuilder, kernelRow, rowWith } from '../fixtures/build.js';

const KERNELS = [kernelRow('6.1'), kernelRow('5.10'), kernelRow('6.12')];

describe('replay', () => {
  it('has a row per kernel in the plan’s order, started or not', () => {
    const journal = new JournalBuilder(KERNELS);
    addRow(journal, '5.10');
    const facts = journal.facts();
    expect(facts.rows.map((row) => [row.kernel.name, row.attempts])).toEqual([
      ['6.1', 0],
      ['5.10', 1],
      ['6.12', 0],
    ]);
    expect(facts.rows[0]?.outcome).toBeNull();
    expect(facts).toMatchObject({ run: 'test-run', profile: 'embedded', profileReason: 'the default profile' });
  });

  it('gathers every step of a row', () => {
    const row = rowWith();
    expect(row.boot).not.toBeNull();
    expect(row.outcome).not.toBeNull();
    for (const key of ['exhausted', 'calibrated', 'case1', 'aftermath', 'hold', 'recover'] as const) {
      expect(slotsOf(row)[key], key).not.toBeNull();
    }
    expect(slotsOf(row).case2?.cycles.map((cycle) => cycle.cycle)).toEqual([1, 2, 3]);
    expect(slotsOf(row).case3?.started.limit).toBe('100m');
    expect(slotsOf(row).case3?.finished?.stopped).toBe('completed');
    expect(row.commands.shown.map(({ seq }) => seq)).toEqual([...row.commands.numbers]);
  });

  it('counts only the last attempt of a row, but keeps its artifact', () => {
    const journal = new JournalBuilder(KERNELS);
    const source = {
      source: 'deb',
      release: '5.10.0',
      package: 'p',
      version: '1',
      origin: 'o',
      sha256: 'f',
      files: [],
    };
    journal.add({ kind: 'artifact.resolved', kernel: '5.10', ...source });
    addRow(journal, '5.10', { outcome: { outcome: 'failed', phase: 'hold', reason: 'lost' } });
    journal.add({ kind: 'run.interrupted', signal: 'SIGINT' });
    journal.add({ kind: 'run.resumed', run: 'test-run', tool: { name: 'k', version: '1', node: 'n' } });
    journal.add({ kind: 'row.started', kernel: '5.10', machine: 'm2' });
    const seq = journal.command('5.10', 'clean', 'uname -r');
    const facts = journal.facts();
    const row = facts.rows[1];
    expect(row).toMatchObject({ attempts: 2, outcome: null, scenarios: {}, started: { machine: 'm2' } });
    expect(row!.scenarios).toEqual({});
    expect(row?.artifact?.release).toBe('5.10.0');
    expect([...row!.commands.numbers]).toEqual([seq]);
    expect(facts.resumed).toHaveLength(1);
    expect(facts.interrupted).toBeNull();
  });

  it('gives a row its machine, and the commands of the machine while it runs', () => {
    const journal = new JournalBuilder(KERNELS);
    const command = {
      kind: 'command',
      kernel: null,
      machine: 'm1',
      phase: 'machine',
      command: 'ls',
      code: 0,
      stdout: '',
      stderr: '',
      seconds: 1,
    } as const;
    journal.add(command);
    journal.add({ kind: 'row.started', kernel: '6.1', machine: 'm1' });
    const start = {
      provider: 'qemu',
      accelerator: 'tcg',
      acceleratorReason: 'no kvm',
      cpus: 2,
      memoryMib: 4096,
      address: 'a',
      console: null,
      seconds: 9,
    };
    journal.add({ kind: 'machine.started', machine: 'm1', ...start });
    journal.add(command);
    journal.add({
      kind: 'row.finished',
      kernel: '6.1',
      outcome: 'measured',
      phase: null,
      reason: null,
      consoleTail: null,
      seconds: 1,
    });
    journal.add(command);
    journal.add({ kind: 'row.started', kernel: '6.12', machine: 'm1' });
    const facts = journal.facts();
    expect([...facts.commands.numbers]).toEqual([2, 7]);
    expect([...facts.rows[0]!.commands.numbers]).toEqual([5]);
    expect(facts.rows[0]?.machine?.accelerator).toBe('tcg');
    expect(facts.rows[2]?.machine?.accelerator).toBe('tcg');
  });

  it('times phases; one that did not finish has no time', () => {
    const journal = new JournalBuilder(KERNELS);
    journal.add({ kind: 'row.started', kernel: '6.1', machine: 'm1' });
    journal.add({ kind: 'phase.started', kernel: '6.1', phase: 'boot' });
    journal.add({ kind: 'phase.finished', kernel: '6.1', phase: 'boot', seconds: 21 });
    journal.add({ kind: 'phase.started', kernel: '6.1', phase: 'clean' });
    expect(journal.facts().rows[0]?.phases).toEqual([
      { phase: 'boot', startedSeq: 3, seconds: 21 },
      { phase: 'clean', startedSeq: 5, seconds: null },
    ]);
  });

  it('refuses journals that cannot be a run', () => {
    expect(() => replay([], 'j')).toThrow('j:1: the journal holds no event');
    const journal = new JournalBuilder(KERNELS);
    expect(() => replay(journal.events.slice(1).concat(rowStart(journal)), 'j')).toThrow('begins with row.started');
    const stranger = new JournalBuilder(KERNELS);
    stranger.add({ kind: 'row.started', kernel: '9.9', machine: 'm1' });
    expect(() => stranger.facts()).toThrow(':2: names kernel "9.9"');
    const twice = new JournalBuilder(KERNELS);
    expect(() => replay([...twice.events, ...twice.events])).toThrow('second run.started');
    const orphan = new JournalBuilder(KERNELS);
    orphan.add({
      kind: 'churn.finished',
      kernel: '6.1',
      case: 2,
      stopped: 'completed',
      reading: {
        procCgroups: '',
        numCgroups: 1,
        liveDirectories: 1,
        cgroupStat: null,
        liveReported: null,
        dyingReported: null,
      },
    });
    expect(() => orphan.facts()).toThrow('without its churn.started');
  });
});

/** The healthy journal of one row, changed. */
function changed(change: (events: JournalEvent[]) => void): () => unknown {
  const journal = new JournalBuilder([kernelRow('6.1')]);
  addRow(journal, '6.1');
  journal.add({ kind: 'run.finished', seconds: 1 });
  const events = [...journal.events];
  change(events);
  return () => replay(events, 'j');
}

const nth = (events: JournalEvent[], kind: JournalEvent['kind'], n = 0): number =>
  events.findIndex(
    (event, i) => event.kind === kind && events.slice(0, i).filter((one) => one.kind === kind).length === n,
  );

describe('an order that no run has', () => {
  it.each<[string, (events: JournalEvent[]) => void, string]>([
    [
      'a cycle left out',
      (events) => events.splice(nth(events, 'churn.cycle', 1), 1),
      'cycle 3 of case 2 where 2 was expected',
    ],
    [
      'a cycle twice',
      (events) => events.splice(nth(events, 'churn.cycle'), 0, events[nth(events, 'churn.cycle')]!),
      'cycle 1 of case 2 where 2 was expected',
    ],
    [
      'a cycle after the end of its case',
      (events) => {
        const [cycle] = events.splice(nth(events, 'churn.cycle', 2), 1);
        events.splice(nth(events, 'churn.finished') + 1, 0, cycle!);
      },
      'a cycle of case 2 after its churn.finished',
    ],
    [
      'a churn that starts twice',
      (events) => events.splice(nth(events, 'churn.finished'), 0, events[nth(events, 'churn.started')]!),
      'a second churn.started of 6.1',
    ],
    [
      'a step twice',
      (events) => events.splice(nth(events, 'calibrated'), 0, events[nth(events, 'exhausted')]!),
      'a second exhausted of 6.1',
    ],
    [
      'a row that ends twice',
      (events) => events.splice(nth(events, 'run.finished'), 0, events[nth(events, 'row.finished')]!),
      'a second row.finished of 6.1',
    ],
    [
      'a step after the end of its row',
      (events) => {
        const [hold] = events.splice(nth(events, 'hold.finished'), 1);
        events.splice(nth(events, 'run.finished'), 0, hold!);
      },
      'hold.finished of 6.1 after its row.finished',
    ],
    [
      'something after the end of the run',
      (events) => events.push(events[nth(events, 'command')]!),
      'command after run.finished',
    ],
    [
      'another run that goes on',
      (events) =>
        events.push({
          v: 3,
          seq: 99,
          at: events[0]!.at,
          kind: 'run.resumed',
          run: 'other',
          tool: { name: 'k', version: '1', node: 'n' },
        }),
      'goes on with run other, but this is the journal of run test-run',
    ],
    [
      'a plan with a row twice',
      (events) => {
        const [first] = events;
        if (first?.kind === 'run.started')
          events[0] = { ...first, plan: { ...first.plan, kernels: [...first.plan.kernels, ...first.plan.kernels] } };
      },
      'its plan has kernel "6.1" twice',
    ],
  ])('is not replayed: %s', (_, change, message) => {
    const run = changed(change);
    expect(run).toThrow(JournalError);
    expect(run).toThrow(message);
  });

  it('is not one without a change', () => {
    expect(changed(() => undefined)).not.toThrow();
  });
});

function rowStart(journal: JournalBuilder) {
  journal.add({ kind: 'row.started', kernel: '6.1', machine: 'm1' });
  return journal.events.slice(-1);
}
