/** A provider of model machines: each boots the model kernel of the entry that is selected, and runs the real sequence. */
import type { KernelRow, Plan } from '../../src/config/plan.js';
import type { BootTarget } from '../../src/guest/boot.js';
import { debianGuest } from '../../src/guest/debian/debian.js';
import type { Backend } from '../../src/run/backend-interface.js';
import type { Progress, RunObserver } from '../../src/run/observer.js';
import type { OnFinding } from '../../src/console/console.js';
import type { Machine, MachineProvider, SavedBoot } from '../../src/provider/machine.js';
import { plan } from '../fixtures/build.js';
import { FakeMachine, FakeSession, type Answer } from '../guest/fakes.js';
import { ModelGuest, type KernelTraits } from '../scenario/cgroup-slots/model.js';

const entryOf = (row: string) => `k-${row}`;

/** Called before each command; what it returns is the answer, undefined leaves it to the model. */
export type Interfere = (
  row: string | null,
  command: string,
  machine: LabMachine,
) => Answer | undefined | Promise<Answer | undefined>;

class LabMachine extends FakeMachine {
  /** The row whose kernel runs; null while the service kernel does. */
  running: string | null = null;
  private selected = '';
  private boots = 1;
  private guest = new ModelGuest();

  constructor(
    name: string,
    folder: string,
    private readonly lab: Lab,
    onFinding?: OnFinding,
  ) {
    super(
      name,
      () => new FakeSession((command, options) => this.answer(command, options), name),
      `${folder}/console.log`,
      onFinding,
    );
  }

  private async answer(command: string, options: { timeout: number }): Promise<Answer> {
    const own = await this.lab.interfere(this.running, command, this);
    if (own !== undefined) return own;
    const rows = [...this.lab.kernels.keys()];
    if (command === 'give back') return '';
    if (command === 'menu') return rows.map((row) => `menuentry '${row}' --id '${entryOf(row)}' {\n`).join('');
    if (command === 'read') return `saved_entry=${this.selected}\n`;
    if (command === 'cat /proc/cmdline') return `km.entry=${this.selected}\n`;
    if (command.startsWith('select ')) {
      this.selected = command.slice('select '.length);
      return '';
    }
    if (['before saving', 'after saving', 'set clock'].includes(command)) return '';
    if (command === 'reboot') {
      this.boots += 1;
      this.running = rows.find((row) => entryOf(row) === this.selected) ?? null;
      this.guest = new ModelGuest(this.lab.kernels.get(this.running ?? ''));
      this.guest.bootId = `${this.name}-boot-${this.boots}`;
      this.lines.push(`${this.running ?? 'nothing'} boots`);
      return '';
    }
    return this.guest.run(command, options);
  }

  /** Goes on where the machine was that was saved. */
  goOn(row: string, bootId: string): void {
    this.running = row;
    this.selected = entryOf(row);
    this.guest = new ModelGuest(this.lab.kernels.get(row));
    this.guest.bootId = bootId;
  }
}

/** A fake backend, and a record of what was done with its machines. */
export class Lab implements MachineProvider {
  readonly machines: LabMachine[] = [];
  readonly progress: Progress[] = [];
  readonly observer: RunObserver = {
    event: () => undefined,
    progress: (progress) => this.progress.push(progress),
    close: () => undefined,
  };
  interfere: Interfere = () => undefined;
  /** What was saved, by row. */
  readonly snapshots = new Map<string, SavedBoot>();
  /** Why nothing can be started from what was saved. */
  noRestore: Error | null = null;
  /** Its machines have no console, as a host that exists. */
  consoleless = false;

  constructor(readonly kernels: Map<string, Partial<KernelTraits>>) {}

  start(name: string, folder: string, signal: AbortSignal, onFinding?: OnFinding): Promise<Machine> {
    signal.throwIfAborted();
    const machine = new LabMachine(name, folder, this, onFinding);
    if (this.consoleless)
      for (const name of ['console', 'watch']) Object.defineProperty(machine, name, { value: null });
    this.machines.push(machine);
    return Promise.resolve(machine);
  }

  saved(row: string): SavedBoot | null {
    return this.snapshots.get(row) ?? null;
  }

  forget({ key }: SavedBoot): void {
    this.snapshots.delete(key);
  }

  async restore(name: string, folder: string, saved: SavedBoot, signal: AbortSignal): Promise<Machine> {
    if (this.noRestore) throw this.noRestore;
    const machine = (await this.start(name, folder, signal)) as LabMachine;
    machine.goOn(saved.key, saved.bootId);
    return machine;
  }

  save(_: Machine, row: string, boot: Pick<SavedBoot, 'release' | 'entry' | 'bootId'>): Promise<SavedBoot> {
    const saved = { key: row, image: 'image', run: 'earlier-run', at: '2027-01-01T00:00:00.000Z', ...boot };
    this.snapshots.set(row, saved);
    return Promise.resolve(saved);
  }

  /** As `prepareBackend`, for rows whose kernel the lab has; the others cannot be obtained. */
  prepare = (input: { plan: Plan }): Promise<Backend> => {
    const targets = new Map<string, BootTarget>();
    const missing = new Map<string, Error>();
    for (const { name } of input.plan.kernels) {
      const traits = this.kernels.get(name);
      const release = new ModelGuest(traits).traits.release;
      if (traits) targets.set(name, { kernel: name, entry: entryOf(name), release });
      else missing.set(name, new Error(`no package linux-image-${name}`));
    }
    const bootLoader = {
      ...debianGuest(input.plan).bootLoader,
      menu: 'menu',
      select: (entry: string) => `select ${entry}`,
      readBack: 'read',
      reboot: 'reboot',
    };
    return Promise.resolve({
      provider: this,
      guest: {
        bootLoader,
        saving: { before: 'before saving', after: 'after saving', setClock: () => 'set clock' },
        prepare: () => Promise.resolve(),
        giveBack: async (shell) => void (await shell.run('give back')),
      },
      targets,
      missing,
      accelerator: null,
    });
  };
}

/** A plan whose machines fit into any host. */
export function labPlan(rows: KernelRow[], jobs = 1): Plan {
  const base = plan(rows);
  return { ...base, jobs, machine: { ...base.machine, memory_mib: 16 } as Plan['machine'] };
}
