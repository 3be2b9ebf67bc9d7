/** kill -9 of the program in every phase: it resumes at the row that was not finished, and the finished one is as it was. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { qemuProcesses } from '../vm/support.js';
import { Lab, nothingLostNothingLeft, record } from './lab.js';
import { PROFILE, ROWS } from './profile.js';
import { lacking, MACHINES } from '../needs.js';

/** Where in the row the program is killed; the run has one row that is measured and one that waits. */
const MOMENTS: [name: string, reached: (lab: Lab) => Promise<void>, fresh?: true][] = [
  ['as the machine starts', (lab) => lab.phase(ROWS.hit, 'machine'), true],
  ['during the reboot', (lab) => lab.phase(ROWS.hit, 'boot'), true],
  ['during the exhaustion', (lab) => lab.phase(ROWS.hit, 'exhaust')],
  ['during the calibration', (lab) => lab.phase(ROWS.hit, 'calibrate')],
  ['during the churn without a limit', (lab) => lab.event('churn.cycle', (event) => event.case === 2)],
  ['during the churn with a limit', (lab) => lab.event('churn.started', (event) => event.case === 3)],
  ['during the hold control', (lab) => lab.phase(ROWS.hit, 'hold')],
  ['during the recovery', (lab) => lab.phase(ROWS.hit, 'recover')],
];

describe.skipIf(lacking(MACHINES))('kill -9', () => {
  it.for(MOMENTS)('%s', async ([, reached, fresh = false], context) => {
    const lab = Lab.withRun();
    const run = lab.resume({ fresh });
    await reached(lab);
    run.child.kill('SIGKILL');
    await run.ended;
    await vi.waitFor(() => expect(qemuProcesses(lab.folder)).toEqual([]), { timeout: 20_000 });
    expect(lab.row(ROWS.hit).outcome).toBeNull();
    const attempts = lab.row(ROWS.hit).attempts;

    const again = lab.resume();
    await lab.event('row.started', (event) => event.kernel === ROWS.hit);
    await lab.phase(ROWS.hit, 'boot');
    await lab.stop(again);
    expect(lab.row(ROWS.hit).attempts).toBe(attempts + 1);
    expect(lab.row(ROWS.next).attempts).toBe(0);
    await nothingLostNothingLeft(context, lab);
  });

  it('while the image is built: the next run builds it whole', async ({ task }) => {
    const lab = Lab.empty();
    const config = lab.config(
      PROFILE.replaceAll('expect: clean', `cmdline: [fault=${randomBytes(4).toString('hex')}]`),
    );
    const folder = join(lab.cache, 'images');
    const images = readdirSync(folder);
    const run = lab.program(['matrix', '--config', config]);
    await run.says(/making the disk/);
    run.child.kill('SIGKILL');
    await run.ended;
    const whole = (name: string) => existsSync(join(folder, name, 'disk.raw'));
    const added = () => readdirSync(folder).filter((name) => !images.includes(name) && whole(name));
    expect(added()).toEqual([]);

    const again = lab.resume();
    await lab.phase(ROWS.done, 'boot');
    expect(added()).toHaveLength(1);
    await lab.stop(again);
    const left = [...lab.left(), ...readdirSync(join(lab.cache, 'tmp'))];
    record(task, { lost: [], left });
    expect(left).toEqual([]);
  });

  it('as the reports are written, one after the other: each is whole, old or new, and made again', async (context) => {
    const lab = Lab.withRun();
    // Nobody goes on with the run here, so nobody would remove what says whose it was.
    rmSync(join(lab.run, 'owner.json'));
    const out = join(lab.folder, 'out');
    mkdirSync(out);
    const program = (name: string) =>
      lab.program([
        'report',
        'latest',
        '--reporter',
        `json=${join(out, name)}`,
        '--reporter',
        `html=${join(out, 'h')}`,
      ]);
    const names = ['matrix.html', 'matrix.md', 'summary.md', 'junit.xml', 'matrix.csv', 'matrix.json'];
    await program('whole.json').ended;
    const contents = () => names.map((name) => readFileSync(join(lab.run, name), 'utf8'));
    const before = contents();
    for (const name of names) {
      const file = join(lab.run, name);
      const written = statSync(file).mtimeMs;
      const run = program('whole.json');
      await vi.waitFor(() => expect(statSync(file).mtimeMs).not.toBe(written), { timeout: 60_000, interval: 1 });
      run.child.kill('SIGKILL');
      await run.ended;
      expect(contents()).toEqual(before);
    }
    await program('whole.json').ended;
    expect(contents()).toEqual(before);
    await nothingLostNothingLeft(context, lab);
  });
});
