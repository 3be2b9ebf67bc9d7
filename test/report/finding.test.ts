import { reportInput } from '../../src/report/input.js';
import { shortError } from '../../src/runtime/short-error.js';
import { describe, expect, it } from 'vitest';

import { findingOf } from '../../src/report/finding.js';
import { renderTerminal } from '../../src/report/terminal.js';
import {
  addRow,
  churn,
  JournalBuilder,
  kernelRow,
  NO_IMAGE,
  ran,
  REFUSED_ENOSPC,
  type Steps,
} from '../fixtures/build.js';
import { sourceJournal } from '../fixtures/source.js';
import { allReports } from './all-reports.js';

function one(steps: Steps, expect: 'clean' | 'leaks' = 'clean') {
  const journal = new JournalBuilder([kernelRow('5.10', expect)]);
  addRow(journal, '5.10', steps);
  const facts = journal.facts();
  const [row] = reportInput(facts).rows;
  if (row === undefined) throw new Error('the plan has no kernel');
  const finding = findingOf(row);
  const transcript = allReports(journal.events).get('kernels/5.10/transcript.txt') ?? '';
  return { finding, transcript, facts };
}

describe('findingOf', () => {
  it('tells a leak with case, cycle, capacity and live directories, the refusal, and its events', () => {
    const facts = sourceJournal().facts();
    const [row] = reportInput(facts).rows;
    const finding = row && findingOf(row);
    expect(finding?.seen).toBe(
      'Case 3 (-m 100m), cycle 1: its container is gone, capacity 1 → 0, live directories 65534 → 65534, so 1 slot is lost. ' +
        'In all 1 lost in 1 completed cycle; creation 2 was refused (ENOSPC). ' +
        'drop_caches did not bring them all back; whether removing every test directory would is not recorded.',
    );
    expect(finding?.quote).toBe(
      'docker: Error response from daemon: … mkdir /sys/fs/cgroup/memory/docker/a82b247f73e4…: no space left on device',
    );
    const commands = new Map(row?.facts.commands.shown.map((command) => [command.seq, command]));
    expect(finding?.from.map((seq) => commands.get(seq)?.command)).toContain('docker run -id -m 100m nginx');
    expect(finding?.from.some((seq) => commands.get(seq)?.stderr.includes('a82b247f73e4'))).toBe(true);
  });

  it('quotes the transcript where nothing was refused', () => {
    const { finding, transcript } = one({ case3: churn('100m', 3, [1, 1]) });
    expect(finding?.quote).toBe('-- cycle 1: created; capacity 2, 65531 live directories; lost 1');
    expect(transcript).toContain(finding?.quote);
    expect(finding?.seen).toContain('In all 2 lost in 2 completed cycles (1 each).');
  });

  it('begins with the case that decides the verdict', () => {
    const late = churn(null, 3, [1, -1]);
    const { finding } = one({ case2: late, case3: churn('100m', 3, [1, 1]) });
    expect(finding?.seen).toMatch(/^Case 3 \(-m 100m\), cycle 1.*Case 2, cycle 1.*came back late/);
  });

  it('tells an inconclusive kernel with what Docker said', () => {
    const run = ran(null, { code: 125, running: null, error: NO_IMAGE, from: [] });
    const { finding } = one({ case1: { run } });
    expect(finding?.seen).toMatch(/^The boot proof|^Case 1: docker run failed/);
    expect(finding?.quote).toContain("Unable to find image 'nginx:latest' locally docker: Error");
  });

  it('tells a row that was not measured with the console’s last line', () => {
    const tail = ['[    1.0] booting', 'Kernel panic - not syncing: VFS: Unable to mount root fs', '', ' '];
    const outcome = {
      outcome: 'failed' as const,
      phase: 'boot' as const,
      reason: 'no SSH in 180 s',
      consoleTail: tail,
    };
    const { finding } = one({ outcome });
    expect(finding?.seen).toBe('Failed in phase boot: no SSH in 180 s.');
    expect(finding?.quote).toBe('Kernel panic - not syncing: VFS: Unable to mount root fs');
  });

  it('tells of a kernel that was expected to leak what was counted instead', () => {
    const { finding, transcript } = one({}, 'leaks');
    expect(finding?.seen).toContain(
      'Case 2 lost no slot in 3 completed cycles, capacity 1 → 1 → 1 → 1; case 3 (-m 100m)',
    );
    expect(transcript).toContain(finding?.quote);
  });

  it('has nothing to say of a clean kernel', () => {
    expect(one({}).finding).toBeNull();
  });
});

describe('shortError', () => {
  it('leaves the system call that failed and its error', () => {
    expect(shortError(REFUSED_ENOSPC)).toBe(
      'docker: Error response from daemon: … mkdir /sys/fs/cgroup/memory/docker/94c5b37ea5b1…: no space left on device',
    );
  });

  it('says where something follows, and cuts what is no refusal', () => {
    expect(shortError('docker: Error response from daemon: x: mkdir /a: no space left on device; try df')).toMatch(
      /^docker: Error response from daemon: … mkdir \/a: no space left on device …$/,
    );
    expect(shortError('x'.repeat(500))).toBe(`${'x'.repeat(199)}…`);
  });
});

describe('the paragraph under the table', () => {
  it.each([40, 80, 100, 200])('fits %i columns and says all of it', (width) => {
    const facts = sourceJournal().facts();
    const text = renderTerminal(reportInput(facts), { width, colour: false });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    // Words broken at the width are whole again without white space.
    const bare = (part: string) => part.replace(/\s+/g, '');
    const after = bare(text.slice(text.indexOf('\n3.10: leaks, as')));
    expect(after).toMatch(new RegExp(`^${bare('3.10: leaks, as expected.')}Case3`));
    expect(after).toContain(bare('docker/a82b247f73e4…: no space left on device'));
    expect(after).toMatch(/seekernels\/3\.10\/transcript\.txt,journal[\d,–]+/);
  });

  it('is painted with the verdict’s colour, and only its head', () => {
    const facts = sourceJournal().facts();
    const text = renderTerminal(reportInput(facts), { width: 200, colour: true });
    expect(text).toContain('\u001b[32m3.10: leaks, as expected.\u001b[39m Case 3');
  });

  it('says a note once', () => {
    const facts = sourceJournal().facts();
    const text = renderTerminal(reportInput(facts), { width: 300, colour: false });
    expect(text.match(/whether removing every test directory would/g)).toHaveLength(1);
  });
});

describe('layout', () => {
  it('takes no more tables at 80 columns than the columns need, and none taller than a stacked list', () => {
    const facts = sourceJournal().facts();
    const text = renderTerminal(reportInput(facts), { width: 80, colour: false });
    expect(text.split('\n').filter((line) => line.startsWith('│ kernel'))).toHaveLength(3);
  });

  it('is a list where tables would be longer', () => {
    const facts = sourceJournal().facts();
    expect(renderTerminal(reportInput(facts), { width: 40, colour: false })).not.toContain('│');
  });
});
