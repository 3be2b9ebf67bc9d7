/** Shards made of a real run's journal, put together again. */
import { reportInput } from '../../src/report/input.js';
import { parseJournal, replay } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../src/cli/kernels-yaml.js';
import { longRow } from '../../bench/large-journal.js';
import type { Plan } from '../../src/config/plan.js';
import { UserError } from '../../src/host/user-error.js';
import type { JournalEvent } from '../../src/run-events/events.js';
import { mergeShards, type Merged } from '../../src/run/merge/merge.js';
import { journalText } from '../../src/journal/lines.js';
import { buildReports } from '../../src/report/index.js';
import { renderTranscripts } from '../../src/report/transcript-maker.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { exitCode } from '../../src/verdict/exit.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { realRun, renumbered, split } from '../fixtures/split.js';

const REAL = realRun();
const AT = '2026-11-26T08:00:00.000Z';
const TOOL = { name: 'kernel-matrix', version: '0.1.0', node: 'v20.20.2' };

function merge(shards: readonly (readonly JournalEvent[])[], allowMissing = false): Merged {
  const journals = shards.map((events, i) => ({ file: `runs/${i + 1}/journal.jsonl`, events }));
  return mergeShards(journals, { run: 'merged', at: AT, tool: TOOL, allowMissing, baseline: null, checkPlan });
}

function refusal(shards: readonly (readonly JournalEvent[])[], allowMissing = false): UserError['parts'] {
  try {
    merge(shards, allowMissing);
  } catch (error) {
    if (error instanceof UserError) return error.parts;
    throw error;
  }
  throw new Error('it was merged');
}

const unprefixed = (text: string) => text.replace(/\bs\d+(\.\d+)?-(m\d+)/g, '$2');
/** What an event is, apart from its number, those it refers to, and the version of its journal. */
const identity = (event: JournalEvent) =>
  unprefixed(JSON.stringify({ ...event, v: 0, seq: 0 })).replace(/"from":\[[\d,]*\]/g, '"from":[]');

/** The merged events with the numbers that the same events have in the real journal, and with its machines' names. */
function relabelled(events: readonly JournalEvent[]): JournalEvent[] {
  const numbers = new Map(REAL.map((event) => [identity(event), event.seq]));
  expect(numbers.size).toBe(REAL.length);
  const moved = new Map(events.map((event) => [event.seq, numbers.get(identity(event)) ?? -event.seq]));
  return events.map((event) => {
    const text = unprefixed(JSON.stringify({ ...event, v: 3, seq: moved.get(event.seq) }));
    return JSON.parse(
      text.replace(
        /"from":\[([\d,]+)\]/g,
        (_, all: string) =>
          `"from":[${all
            .split(',')
            .map((seq) => moved.get(Number(seq)))
            .join()}]`,
      ),
    ) as JournalEvent;
  });
}

/** Facts with the fields in which a merged run may differ from a whole one taken from the latter. */
function withNamedFields(facts: RunFacts, from: RunFacts): RunFacts {
  const { run, startedAt, finished } = from;
  return { ...facts, run, startedAt, finished, shards: [] };
}

describe('shards of a real run, merged', () => {
  const whole = replay(REAL);

  it.each([1, 2, 3, 5])('give the reports of the whole run, split in %i, but for its id and times', (total) => {
    const { events } = merge(split(REAL, total));
    const facts = withNamedFields(replay(relabelled(events)), whole);
    expect(buildReports(facts)).toEqual(buildReports(whole));
    expect(renderTranscripts(relabelled(events), facts)).toEqual(renderTranscripts(REAL, whole));
    const terminal = (of: RunFacts) => renderTerminal(reportInput(of), { width: 200, colour: false });
    expect(terminal(replay(events))).toBe(terminal(whole));
    expect(exitCode(judgeRun(replay(events)))).toBe(exitCode(judgeRun(whole)));
  });

  it('hold every event of every row once, and nothing else but what each shard was', () => {
    const { events } = merge(split(REAL, 3));
    const ofRows = (all: readonly JournalEvent[]) =>
      all
        .filter((event) => 'kernel' in event)
        .map(identity)
        .sort();
    expect(ofRows(events)).toEqual(ofRows(REAL));
  });

  it('are a journal that can be read again: numbered without gaps, its references among what comes before', () => {
    const { events } = merge(split(REAL, 3));
    expect(parseJournal(journalText(events))).toMatchObject({ events, torn: null });
    for (const event of events) {
      for (const [, all] of JSON.stringify(event).matchAll(/"from":\[([\d,]+)\]/g)) {
        for (const seq of all!.split(',').map(Number)) {
          expect(seq).toBeLessThan(event.seq);
          expect(events[seq - 1]?.kind).toBe('command');
        }
      }
    }
  });

  it('do not depend on the order in which they are named', () => {
    const shards = split(REAL, 3);
    expect(merge([shards[2]!, shards[0]!, shards[1]!]).events).toEqual(merge(shards).events);
  });

  it('record each run with its host and clock, in the order of the shards, before what it recorded', () => {
    const shards = split(REAL, 2);
    const { events } = merge(shards);
    const [started, ...rest] = events;
    expect(started).toMatchObject({ kind: 'run.started', run: 'merged', shard: null, at: REAL[0]!.at });
    expect(rest.slice(0, 2)).toMatchObject([
      { kind: 'shard.merged', index: 1, run: '20261125-220649-1of2', hostname: 'host-1', kernels: ['6.12'], at: AT },
      { kind: 'shard.merged', index: 2, hostname: 'host-2', utcOffsetMinutes: 60, kernels: ['5.10', '6.1'] },
    ]);
    expect(rest[0]).toMatchObject({ startedAt: REAL[0]!.at, finishedAt: REAL.at(-1)!.at, lastAt: REAL.at(-1)!.at });
    expect(rest.slice(2).some(({ kind }) => kind === 'shard.merged')).toBe(false);
    expect(events.at(-1)).toMatchObject({ kind: 'run.finished', seconds: 256.20423611 });
  });

  it('keep machines of the same name apart, with their consoles', () => {
    const { events } = merge(split(REAL, 3));
    const machines = events.flatMap((event) =>
      event.kind === 'machine.started' ? [[event.machine, event.console]] : [],
    );
    expect(machines).toEqual([
      ['s1-m1', 'machines/s1-m1/console.log'],
      ['s2-m2', 'machines/s2-m2/console.log'],
      ['s3-m2', 'machines/s3-m2/console.log'],
    ]);
  });

  it('say which clock is ahead, and which versions measured', () => {
    const [one, two] = split(REAL, 2) as [JournalEvent[], JournalEvent[]];
    const late = two.map((event) => ({ ...event, at: event.at.replace('2026-11-25', '2026-11-27') }));
    const first = late[0] as JournalEvent<'run.started'>;
    late[0] = { ...first, tool: { ...first.tool, version: '0.2.0' }, host: { ...first.host, os: 'Other', cpus: 1 } };
    const { events, notes } = merge([one, late]);
    expect(notes).toEqual([
      expect.stringMatching(
        /^shard 2\/2, run .*: its clock \(host host-2\) is ahead of this host's, by \d+ s at least$/,
      ),
      'different versions of kernel-matrix: 0.1.0, 0.2.0',
    ]);
    // The earliest start, whoever's clock says so; the least that every host has.
    expect(events[0]).toMatchObject({ at: REAL[0]!.at, host: { os: 'Linux 6.18.44-fc-v657 / Other', cpus: 1 } });
    const report = buildReports(replay(events)).get('matrix.md')!;
    expect(report).toMatch(/The clock of host-2 was at least \d.* ahead of the host that merged/);
    expect(report).toContain('kernel-matrix 0.2.0');
  });

  it('show shards, hosts and clocks in the report', () => {
    const report = buildReports(replay(merge(split(REAL, 2)).events)).get('matrix.md')!;
    expect(report).toMatch(
      /\| 2\/2 \| 20261125-220649-2of2 \| host-2: .* \| UTC\+01:00 \| 2026-11-25T22:06:49.454Z \|.*5\.10, 6\.1/,
    );
  });
});

describe('large shards', () => {
  it('of 150,000 events are merged', () => {
    const shards = [1, 2].map((index) => [...longRow(index === 1 ? 150_000 : 0, { index, total: 2 })]);
    const { events } = merge(shards);
    const { numbers } = replay(events).rows[0]!.commands;
    expect(numbers.count).toBeGreaterThan(150_000);
    expect(events.every(({ seq }, i) => seq === i + 1)).toBe(true);
  });

  it('of a run that says it has any number are told without counting to it', () => {
    for (const total of [3e8, Number.MAX_SAFE_INTEGER]) {
      const shards = [split(REAL, 2)[0]!].map(([first, ...rest]) => {
        const started = first as JournalEvent<'run.started'>;
        return [{ ...started, shard: { ...started.shard!, total } }, ...rest];
      });
      const { why = '' } = refusal(shards);
      expect(why).toContain(`shard 2/${total} is missing`);
      expect(why).toContain(`${total - 101} more shards of ${total} are missing`);
      expect(merge(shards, true).events.at(-1)!.kind).toBe('run.finished');
    }
  });
});

describe('runs that cannot be merged', () => {
  const [one, two, three] = split(REAL, 3) as [JournalEvent[], JournalEvent[], JournalEvent[]];
  const started = (events: readonly JournalEvent[]) => events[0] as JournalEvent<'run.started'>;
  const replan = (events: readonly JournalEvent[], change: (plan: JournalEvent<'run.started'>['plan']) => object) => {
    const first = started(events);
    return [{ ...first, plan: { ...first.plan, ...change(first.plan) } }, ...events.slice(1)];
  };

  it('name a shard that is missing, and its rows', () => {
    expect(refusal([one, three])).toMatchObject({
      why: 'shard 2/3 is missing (rows in none of the others: 5.10)',
      kind: 'unavailable',
    });
  });

  it('merge without it if that is allowed, and its rows were not measured', () => {
    const { events, notes } = merge([one, three], true);
    expect(notes[0]).toContain('shard 2/3 is missing');
    const facts = replay(events);
    const verdicts = judgeRun(facts);
    expect(verdicts.map(({ kernel, verdict }) => [kernel, verdict])).toEqual([
      ['5.10', 'not-measured'],
      ['6.1', 'clean'],
      ['6.12', 'clean'],
    ]);
    expect(exitCode(verdicts)).toBe(3);
    expect(buildReports(facts).get('matrix.md')).toContain('Missing: shard 2/3; rows in none: 5.10.');
  });

  it('tell a missing shard without rows from an empty one', () => {
    const five = split(REAL, 5);
    expect(refusal(five.slice(0, 4)).why).toBe('shard 5/5 is missing (no row is in none of the others)');
    expect(merge(five).notes).toEqual([]);
  });

  it('name both places of a row that was finished twice', () => {
    const { why, kind: whose } = refusal([one, two, three, two]);
    const line = two.findIndex(({ kind }) => kind === 'row.finished') + 1;
    expect(why).toBe(
      `row 5.10: runs/2/journal.jsonl:${line} (shard 2/3, run 20261125-220649-2of3) and ` +
        `runs/4/journal.jsonl:${line} (shard 2/3, run 20261125-220649-2of3)`,
    );
    expect(whose).toBe('input');
  });

  it('take the run that finished a row, where another of the same shard was killed, and say so', () => {
    const killed = two
      .slice(0, 60)
      .map((event) => (event.kind === 'run.started' ? { ...event, run: 'killed' } : event));
    const { events, notes } = merge([one, killed, two, three]);
    expect(notes).toEqual([
      'shard 2/3 is there 2 times: killed and 20261125-220649-2of3',
      'shard 2/3, run killed: did not finish 5.10, which another run of the shard is taken for',
    ]);
    const row = replay(events).rows[0]!;
    expect(row).toMatchObject({ attempts: 1, outcome: { outcome: 'measured' }, started: { machine: 's2.2-m2' } });
    expect(events.filter((event) => event.kind === 'row.started' && event.kernel === '5.10')).toHaveLength(1);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'shard.merged', run: 'killed', superseded: ['5.10'] }),
    );
  });

  it('name the rows that a killed run left open', () => {
    const killed = two.slice(0, 60);
    expect(refusal([one, killed, three])).toMatchObject({
      why: 'shard 2/3, run 20261125-220649-2of3 did not finish 5.10',
      kind: 'unavailable',
    });
    expect(judgeRun(replay(merge([one, killed, three], true).events))[0]).toMatchObject({
      verdict: 'not-measured',
      reasons: ['the row did not finish'],
    });
  });

  it.each([
    ['cycles', () => ({ sequence: { ...started(two).plan.sequence, cycles: 10 } }), 'sequence: cycles: 1 / 10'],
    ['profile', () => ({ profile: 'other' }), 'profile: "embedded" / "other"'],
    [
      'a deadline that only one has',
      () => ({ timeouts: { ...started(two).plan.timeouts, extra: 1 } }),
      'timeouts: extra: not given / 1',
    ],
  ])('name the first difference of plans: %s', (_, change, difference) => {
    expect(refusal([one, replan(two, change), three])).toMatchObject({
      what: `the plans differ: ${difference}`,
      where: 'runs/1/journal.jsonl\nruns/2/journal.jsonl',
      kind: 'input',
    });
  });

  it('name a row that differs', () => {
    const first = started(two);
    const shard = {
      ...first.shard!,
      kernels: first.shard!.kernels.map((row) => ({ ...row, expect: 'leaks' as const })),
    };
    expect(refusal([one, [{ ...first, shard }, ...two.slice(1)], three]).what).toBe(
      'the plans differ: kernel 5.10: expect: "clean" / "leaks"',
    );
  });

  it('name another number of shards', () => {
    expect(refusal([one, split(REAL, 4)[1]!]).what).toBe('the plans differ: number of shards: 3 / 4');
  });

  it('are not kept from it by another folder of kernels.yaml or another number of machines at a time', () => {
    const moved = replan(two, (plan) => ({
      file: '/home/ci-2/checkout/kernels.yaml',
      jobs: 4,
      docker: { ...plan.docker, image_archive: '/home/ci-2/checkout/nginx.tar' },
    }));
    const here = (events: readonly JournalEvent[]) =>
      replan(events, (plan) => ({ docker: { ...plan.docker, image_archive: '/work/main/nginx.tar' } }));
    expect(started(merge([here(one), moved, here(three)]).events).plan.jobs).toBe(4);
    expect(
      refusal([here(one), replan(moved, (plan) => ({ docker: { ...plan.docker, image_archive: '/tmp/nginx.tar' } }))])
        .what,
    ).toBe('the plans differ: docker: image_archive: "/work/main/nginx.tar" / "/tmp/nginx.tar"');
  });

  it('are whole runs, and merged ones', () => {
    expect(refusal([REAL]).why).toContain('runs/1/journal.jsonl: run 20261125-220649 did the whole of its plan');
    expect(refusal([merge([one, two, three]).events]).why).toContain('run merged was merged already');
  });

  it('are damaged: each is named with its line', () => {
    const torn = renumbered(two.filter(({ kind }) => kind !== 'churn.started'));
    const dangling = two.map((event) => ({
      ...event,
      ...('from' in event && Array.isArray(event.from) ? { from: [9999] } : {}),
    }));
    expect(refusal([one, torn, []])).toMatchObject({
      what: 'the journals of 2 shards are damaged',
      why: expect.stringMatching(
        /runs\/2\/journal\.jsonl:\d+: churn\.cycle .*\nruns\/3\/journal\.jsonl:1: .*no event/,
      ) as string,
      kind: 'unavailable',
    });
    expect(refusal([one, dangling as JournalEvent[], three]).why).toContain('read from event 9999, which is not there');
  });
});

describe('a shard whose plan no kernels.yaml can have made', () => {
  const shards = split(REAL, 2);
  const withPlan = (change: (plan: Plan) => Plan): JournalEvent[][] => {
    const [start, ...rest] = shards[1]!;
    if (start?.kind !== 'run.started') throw new Error('a journal begins with its plan');
    return [shards[0]!, [{ ...start, plan: change(start.plan) }, ...rest]];
  };

  it('is refused by its key, and the others can be merged without it', () => {
    const hostile = withPlan((plan) => ({ ...plan, docker: { ...plan.docker, image: '-v/:/host' } }));
    const { what, why } = refusal(hostile);
    expect(what).toBe('the journal of a shard is damaged');
    expect(why).toMatch(/^runs\/2\/journal\.jsonl: .*docker\.image: expected a Docker image .*, got -v\/:\/host$/);
    expect(merge([shards[0]!], true).parts).toHaveLength(1);
  });

  it('differs from the others, where a path of it is none', () => {
    const key = { fingerprint: 'A1'.repeat(20), urls: [], path: 'a%2Fb' };
    const { why } = refusal(withPlan((plan) => ({ ...plan, signing_keys: { mine: key } })));
    expect(why).toContain('signing_keys.mine.path: expected an absolute path');
  });
});
