import { slots } from '../fixtures/slots.js';
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import { parseJournal, replay } from '../../src/scenario/journal.js';
import { describe, expect, it } from 'vitest';
import { exitCode } from '../../src/verdict/exit.js';
import { explainLimits } from '../../src/scenario/cgroup-slots/verdict/limits.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { reportInput } from '../../src/report/input.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import type { SlotsRow } from '../../src/scenario/cgroup-slots/view/columns.js';
import { sourceJournal } from '../fixtures/source.js';

/** Read back from its text, so that the fixture is also a valid journal. */
const facts = replay(parseJournal(sourceJournal().text()).events);
const verdicts = judgeRun(facts);
const [v310, v418, v44] = verdicts;
const rowsOf = (run: RunFacts) => reportInput(run).rows.map(({ scenarios }) => scenarios[0]!.own as SlotsRow);

describe('replay of the source', () => {
  it('3.10 leaks, refused at the second limited creation', () => {
    expect(v310).toMatchObject({ verdict: 'leaks', asExpected: true, status: 'as-expected', reasons: [] });
    expect(slots(v310!).case2).toMatchObject({ verdict: 'clean', completed: 2, lost: 0, capacities: [2, 1, 1] });
    expect(slots(v310!).case3).toMatchObject({
      verdict: 'leaks',
      limit: '100m',
      completed: 1,
      refusedAtCycle: 2,
      refusalErrno: 'ENOSPC',
      lost: 1,
      lostEachCycle: 1,
    });
    expect(slots(v310!).checks.case1.status).toBe('behaves');
    expect(slots(v310!).aftermath).toMatchObject({ outcome: 'refused', errno: 'ENOSPC' });
    expect(slots(v310!).recovery).toMatchObject({ cameBack: 'no', missingAfterDropCaches: 1, lostForGood: null });
    expect(v310?.notes).toContain('not recorded: the calibration of the probe, the hold control');
  });

  it('4.18 is clean, without case 1', () => {
    expect(v418).toMatchObject({ verdict: 'clean', asExpected: true });
    expect(slots(v418!).case3).toMatchObject({ verdict: 'clean', completed: 3, lost: 0, refusedAtCycle: null });
    expect(v418?.notes.join()).toMatch(/not recorded: .*case 1/);
  });

  it('4.4 is clean: its last refusal is the hold control’s, and no leak', () => {
    expect(v44).toMatchObject({ verdict: 'clean', asExpected: true });
    expect(slots(v44!).case3).toMatchObject({ verdict: 'clean', completed: 3, refusedAtCycle: null });
    expect(slots(v44!).checks.hold).toMatchObject({ status: 'behaves', missing: 'the creation after removal' });
    expect(slots(v44!).checks.hold.detail).toContain('refused as it must be (ENOMEM)');
    expect(slots(v44!).explanation).toBeNull();
  });

  it('explains why the maximum of num_cgroups differs', () => {
    expect(slots(v310!).explanation).toMatchObject({
      made: 65486,
      own: 1,
      otherLive: 48,
      live: 65535,
      shown: 65535,
      dying: 0,
    });
    expect(slots(v310!).explanation?.text).toBe(
      '65486 made + 1 (test) + 48 other live directories = 65535 live (refused with ENOSPC); num_cgroups shows 65535, so 0 dying (derived: shown − live)',
    );
    expect(slots(v418!).explanation).toMatchObject({
      made: 65484,
      own: 1,
      otherLive: 49,
      live: 65534,
      shown: 65557,
      dying: 23,
      dyingFrom: 'derived',
      unexplained: null,
      errno: 'ENOMEM',
    });
  });

  it("names each kernel's own limit and what its errno says", () => {
    const [l310, l418, ...others] = explainLimits(rowsOf(facts));
    expect(others).toEqual([]);
    expect(l310).toMatchObject({
      kernel: '3.10',
      cells: ['65486', '1', '48', '65535', '0 (derived)', '65535', 'ENOSPC', '65535 ids'],
    });
    expect(l310!.sentence).toContain('ids of all controllers (css_id) are 1 to 65535');
    expect(l418).toMatchObject({
      kernel: '4.18',
      cells: ['65484', '1', '49', '65534', '23 (derived)', '65557', 'ENOMEM', '65534 ids'],
    });
    expect(l418!.sentence).toBe(
      'num_cgroups 65557 = 65484 made + 1 (test) + 49 other live + 23 dying; 65534 live are all there can be: memory cgroup ids ' +
        'are 1 to 65534: the end given to the allocator does not count; ENOMEM is what mem_cgroup_css_alloc makes of any failure ' +
        'before mainline 11d6761218d1 (5.8), not a want of memory',
    );
  });

  it('says of a kernel with fewer live directories than ids how many are held by none', () => {
    const short = structuredClone(facts);
    const reading = slotsOf(short.rows[0]!).exhausted!.reading;
    reading.liveDirectories -= 3;
    expect(explainLimits(rowsOf(short))[0]!.sentence).toContain('3 of them are held by no living directory');
  });

  it('never shows memory the source did not read', () => {
    expect(slots(v310!).memory?.bytesPerCgroup).toBeNull();
  });

  it('exits with 0, and every case names the commands that prove it', () => {
    expect(exitCode(verdicts)).toBe(0);
    for (const [i, verdict] of verdicts.entries()) {
      const commands = new Set(facts.rows[i]?.commands.numbers);
      for (const one of [slots(verdict).case2, slots(verdict).case3]) {
        expect(one.from.length).toBeGreaterThan(0);
        expect(one.from.every((seq) => commands.has(seq))).toBe(true);
      }
    }
  });
});
