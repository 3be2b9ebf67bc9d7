/** Faults inside the guest: what is not a refusal by the memory cgroup is never counted as one, and never as a leak. */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import { describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/verdict/kernel.js';
import { Lab, nothingLostNothingLeft } from './lab.js';
import { ROWS } from './profile.js';
import { lacking, MACHINES } from '../needs.js';

const judged = (lab: Lab) => judgeRun(lab.facts()).find(({ kernel }) => kernel === ROWS.hit)!;
const beforeCase1 = (lab: Lab) => lab.phase(ROWS.hit, 'exhaust');
const inChurn = (lab: Lab) => lab.event('churn.started', (event) => event.case === 2);

/** Faults of Docker: when, what is done, and what must be told. */
const DOCKER: [name: string, reached: (lab: Lab) => Promise<void>, command: string, verdict: string, told: RegExp][] = [
  ['its image is gone', beforeCase1, 'docker image rm -f nginx', 'inconclusive', /Unable to find image|No such image/i],
  [
    'its disk is full',
    beforeCase1,
    'cd /var/lib/docker; fallocate -l $(($(stat -f -c %f*%S .))) full; for i in 1 2; do dd if=/dev/zero of=full$i bs=4k; done; sync',
    'inconclusive',
    /no space left on device/i,
  ],
  // init starts it again; the one that was asked is gone.
  ['its Docker is killed', inChurn, 'kill -9 $(pidof dockerd)', 'inconclusive', /Docker|docker/],
  // A command that does not end ends its row.
  ['its Docker hangs', inChurn, 'kill -STOP $(pidof dockerd)', 'not-measured', /not ended after 90 s: docker run/],
];

describe.skipIf(lacking(MACHINES))('a guest of which', () => {
  it.for(DOCKER)('%s gives no verdict, and says why', async ([, reached, command, verdict, told], context) => {
    const lab = Lab.withRun();
    const run = lab.resume();
    await reached(lab);
    await lab.inGuest(command);
    const row = await lab.ended(ROWS.hit);
    await lab.phase(ROWS.next, 'machine');
    const found = judged(lab);
    expect(found.verdict).toBe(verdict);
    expect(JSON.stringify([row.outcome, found])).toMatch(told);
    expect(slotsOf(row).exhausted!.made).toBeGreaterThan(65_000);
    await lab.stop(run);
    await nothingLostNothingLeft(context, lab);
  });

  /** What is done to the menu while the row before is at work, and what the next row must find out. */
  const MENUS: [name: string, command: string, phase: string, told: RegExp][] = [
    [
      'the menu boots another kernel than was selected',
      `sed -i 's/^set default=.*/set default="k-${ROWS.hit}"/' /boot/grub/grub.cfg`,
      'boot',
      new RegExp(`k-${ROWS.hit}|5\\.10`),
    ],
    ['the menu has lost its default', `sed -i '/^load_env/d; /^set default/d' /boot/grub/grub.cfg`, 'boot', /k-boot/],
    ['the menu does not take a default', `rm /boot/grub/grubenv; mkdir /boot/grub/grubenv`, 'select', /grub/],
  ];

  it.for(MENUS)('%s is found out before anything is measured', async ([, command, phase, told], context) => {
    const lab = Lab.withRun();
    const run = lab.resume({ fresh: true });
    // As soon as the row before has its kernel, and goes on to be measured.
    await lab.phase(ROWS.hit, 'exhaust');
    await lab.inGuest(`${command}; sync`);
    const row = await lab.ended(ROWS.next);
    expect(row.outcome).toMatchObject({ outcome: 'failed', phase });
    expect(row.outcome!.reason).toMatch(told);
    expect(slotsOf(row).cleaned).toBeNull();
    expect(lab.row(ROWS.hit).outcome).toMatchObject({ outcome: 'measured' });
    const end = await run.ended;
    expect(end.code, end.stderr).toBe(3);
    await nothingLostNothingLeft(context, lab);
  });

  const CLOCKS: [name: string, command: string][] = [
    ['the clock jumps a year ahead', 'date -s "+1 year"'],
    ['the clock jumps a year back', 'date -s "-1 year"'],
  ];

  it.for(CLOCKS)('%s is measured as ever', async ([, command], context) => {
    const lab = Lab.withRun();
    const run = lab.resume();
    await lab.event('churn.started', (event) => event.case === 2);
    await lab.inGuest(command);
    const row = await lab.ended(ROWS.hit);
    expect(row.outcome).toMatchObject({ outcome: 'measured' });
    expect(judged(lab)).toMatchObject({ verdict: 'clean', status: 'as-expected' });
    await lab.stop(run);
    await nothingLostNothingLeft(context, lab);
  });

  it('the network is cut for a while is measured as ever, over the session that was open', async (context) => {
    const lab = Lab.withRun();
    const run = lab.resume();
    for (const reached of [
      () => lab.phase(ROWS.hit, 'exhaust'),
      () => lab.event('churn.started', (event) => event.case === 3),
    ]) {
      await reached();
      await lab.qmp('set_link', { name: 'net', up: false });
      // What is cut is a length of time, and long enough that packets are sent again.
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      await lab.qmp('set_link', { name: 'net', up: true });
    }
    expect((await lab.ended(ROWS.hit)).outcome).toMatchObject({ outcome: 'measured' });
    expect(judged(lab)).toMatchObject({ verdict: 'clean', status: 'as-expected' });
    await lab.stop(run);
    await nothingLostNothingLeft(context, lab);
  });
});
