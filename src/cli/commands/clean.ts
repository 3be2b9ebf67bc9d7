import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, sweepScratch } from '../../host/cache.js';
import { listMachines, sweep } from '../../machine/qemu/registry.js';
import { removeBoxes } from '../../machine/vagrant/boxes.js';
import { listVagrantMachines, sweepVagrant } from '../../machine/vagrant/registry.js';
import { listRuns } from '../paths.js';

export interface CleanOptions {
  kept: boolean;
  cache: boolean;
  runs: boolean;
  runsDir: string;
}

/** `kernel-matrix clean`: ends what a killed run left, and on request more; says what it did. */
export async function clean(options: CleanOptions): Promise<number> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  for (const { record, killed } of sweep({ kept: options.kept || options.cache })) {
    say(`${killed ? 'ended and removed' : 'removed what was left of'} machine ${record.id}`);
  }
  for (const { record, error } of await sweepVagrant({ kept: options.kept || options.cache })) {
    say(
      error === null
        ? `destroyed Vagrant machine ${record.id}`
        : `Vagrant machine ${record.id} could not be destroyed: ${error.message}`,
    );
  }
  const scratch = sweepScratch();
  if (scratch > 0) say(`removed ${scratch} half-made folder${scratch === 1 ? '' : 's'}`);
  const busy = [...listMachines(), ...listVagrantMachines()];
  for (const record of busy) {
    say(
      `machine ${record.id} ${record.kept ? 'is kept (clean -- --kept ends it)' : 'belongs to a run that is under way'}`,
    );
  }
  if (options.cache) {
    if (busy.length > 0) {
      process.stderr.write('the cache is in use; nothing of it was removed\n');
      return 3;
    }
    for (const { record, error } of await removeBoxes()) {
      say(error === null ? `removed box ${record.name} from Vagrant` : `box ${record.name} stays: ${error.message}`);
    }
    for (const each of [
      'images',
      'userlands',
      'kernels',
      'docker',
      'debs',
      'artifacts',
      'apt',
      'tmp',
      'accelerator.json',
      'probe-initramfs',
    ]) {
      rmSync(join(cacheRoot(), each), { recursive: true, force: true });
    }
    say(`emptied ${cacheRoot()}`);
  }
  if (options.runs && existsSync(options.runsDir)) {
    const runs = listRuns(options.runsDir);
    for (const run of runs) rmSync(join(options.runsDir, run), { recursive: true, force: true });
    say(`removed ${runs.length} run${runs.length === 1 ? '' : 's'} of ${options.runsDir}`);
  }
  return 0;
}
