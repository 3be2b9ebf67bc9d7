/** What a guest prints, whatever it is, costs at most its own row: never the program, and never a report. */
import { describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/verdict/kernel.js';
import { Lab, nothingLostNothingLeft } from './lab.js';
import { ROWS } from './profile.js';
import { lacking, MACHINES } from '../needs.js';

/** Perl, for it is one process; written to the serial console past the kernel, as a program of the guest's would. */
const say = (perl: string) => `perl -e 'open my $c, ">", "/dev/ttyS0"; select $c; ${perl}'`;

/** What the guest prints on its console, and what must not come of it. */
const HARMLESS: [name: string, command: string][] = [
  ['prints a mebibyte of carriage returns', say('print "\\r" x 1024 for 1 .. 1024; print "\\n"')],
  [
    "prints programs' errors and warnings",
    say(
      'print "error: permission denied on key kernel.x\\nerror: terminal serial is not found\\nWARNING: not using lvmetad\\n' +
        'BUG: a bug of ours\\nmce: nothing\\nKernel configuration error\\n" for 1 .. 200',
    ),
  ],
];

describe.skipIf(lacking(MACHINES))('a guest that', () => {
  it.for(HARMLESS)('%s is measured as ever', async ([, command], context) => {
    const lab = Lab.withRun();
    const run = lab.resume();
    await lab.event('churn.started', (event) => event.case === 2);
    await lab.inGuest(command);
    const row = await lab.ended(ROWS.hit);
    expect(row.outcome, JSON.stringify(row.outcome)).toMatchObject({ outcome: 'measured' });
    expect(judgeRun(lab.facts()).find(({ kernel }) => kernel === ROWS.hit)).toMatchObject({ verdict: 'clean' });
    expect(row.consoleFindings.filter(({ severity }) => severity !== 'notice')).toEqual([]);
    await lab.stop(run);
    await nothingLostNothingLeft(context, lab);
  });

  it('prints oopses without end has its row ended or judged, with a bounded number of findings', async (context) => {
    const lab = Lab.withRun();
    const run = lab.resume();
    await lab.event('churn.started', (event) => event.case === 2);
    await lab.inGuest(
      say('print "Linux version 1\\n[    1.000000] BUG: unable to handle page fault for address: 0\\n" for 1 .. 5000'),
    );
    const row = await lab.ended(ROWS.hit);
    expect(row.consoleFindings.length).toBeLessThan(300);
    await lab.event('boot.proven', (event) => event.kernel === ROWS.next);
    await lab.stop(run);
    await nothingLostNothingLeft(context, lab);
  });
});
