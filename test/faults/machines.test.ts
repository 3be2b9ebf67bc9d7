/** Faults of the machine under the guest: each ends its row with the reason, keeps its facts, and the next row goes on. */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import type { RowFacts } from '../../src/run-events/facts.js';
import { describe, expect, it } from 'vitest';
import { Lab, nothingLostNothingLeft } from './lab.js';
import { ROWS } from './profile.js';
import { lacking, MACHINES } from '../needs.js';

type Moment = [name: string, reached: (lab: Lab) => Promise<void>];

const BOOT: Moment = ['the boot', (lab) => lab.phase(ROWS.hit, 'boot')];
const EXHAUST: Moment = ['the exhaustion', (lab) => lab.phase(ROWS.hit, 'exhaust')];
const CHURN: Moment = ['the churn', (lab) => lab.event('churn.cycle', (event) => event.case === 2)];

interface Fault {
  name: string;
  moments: Moment[];
  inject: (lab: Lab) => Promise<void>;
  /** What the row's end must say. */
  reason: RegExp;
}

const FAULTS: Fault[] = [
  {
    name: 'the guest panics',
    moments: [EXHAUST, CHURN],
    inject: (lab) => lab.endGuest('echo c > /proc/sysrq-trigger'),
    reason: /Kernel panic - not syncing/,
  },
  {
    name: 'the guest halts',
    moments: [EXHAUST],
    inject: (lab) => lab.endGuest('halt -f'),
    reason: /System halted/,
  },
  {
    name: 'the guest is powered off',
    moments: [CHURN],
    inject: (lab) => lab.endGuest('echo o > /proc/sysrq-trigger'),
    reason: /Power down/,
  },
  {
    name: "the guest's processors stop",
    moments: [BOOT, EXHAUST, CHURN],
    inject: (lab) => lab.qmp('stop'),
    reason: /paused/,
  },
  {
    name: 'QEMU is killed',
    moments: [BOOT, EXHAUST, CHURN],
    inject: (lab) => Promise.resolve(void process.kill(lab.machine().qemu!.pid, 'SIGKILL')),
    reason: /QEMU ended by itself \(SIGKILL\)/,
  },
  {
    name: 'SSH is cut for good',
    moments: [EXHAUST, CHURN],
    inject: (lab) => lab.qmp('set_link', { name: 'net', up: false }),
    // Before the bulk work, and in Docker's hands, the deadline of the command comes first.
    reason: /silent|the connection|not finished after (?:60 s: mkdir|90 s: docker run)/,
  },
  {
    name: "the guest's SSH server is killed with the session",
    moments: [EXHAUST, CHURN],
    inject: (lab) => lab.endGuest('killall5 -9'),
    reason: /the connection was lost/,
  },
];

const CASES = FAULTS.flatMap(({ moments, ...fault }) => moments.map((moment) => ({ ...fault, moment })));

describe.skipIf(lacking(MACHINES))('a row in which', () => {
  it.for(CASES.map((each) => [`${each.name} during ${each.moment[0]}`, each] as const))(
    '%s',
    async ([, fault], context) => {
      const { moment, inject, reason } = fault;
      const lab = Lab.withRun();
      const run = lab.resume({ fresh: moment === BOOT });
      await moment[1](lab);
      await inject(lab);
      const row = await lab.ended(ROWS.hit);
      expect(row.outcome).toMatchObject({ outcome: 'failed' });
      expect(row.outcome!.reason).toMatch(reason);
      keepsItsFacts(row, moment);
      // The next kernel has a machine of its own.
      await lab.event('boot.proven', (event) => event.kernel === ROWS.next);
      const end = await lab.stop(run);
      expect(end.stdout).toMatch(/not measured|failed/);
      await nothingLostNothingLeft(context, lab);
    },
  );
});

function keepsItsFacts(row: RowFacts, moment: Moment): void {
  if (moment === BOOT) return;
  expect(row.boot).not.toBeNull();
  expect(slotsOf(row).cleaned).not.toBeNull();
  if (moment === EXHAUST) return;
  expect(slotsOf(row).exhausted!.made).toBeGreaterThan(65_000);
  expect(slotsOf(row).case2!.cycles.length).toBeGreaterThan(0);
}
