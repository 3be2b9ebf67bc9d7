import type { RunJournal } from '../run-events/events.js';

/** The phase a row is in, recorded when it begins and when it has ended. */
export class Phases {
  /** `machine` before the first. */
  current = 'machine';
  /** How far the phase is, where it says so: `31500 directories made`. */
  howFar: string | null = null;
  /** Called when a phase begins. */
  onBegin: (phase: string) => void = () => undefined;

  constructor(
    private readonly kernel: string,
    private readonly journal: RunJournal,
  ) {}

  /** Runs a step as a phase; one that fails stays the current phase, and has no end in the journal. */
  async run<T>(phase: string, step: () => Promise<T>): Promise<T> {
    const { kernel, journal } = this;
    this.current = phase;
    this.howFar = null;
    this.onBegin(phase);
    const begun = performance.now();
    journal.append({ kind: 'phase.started', kernel, phase });
    const result = await step();
    journal.append({ kind: 'phase.finished', kernel, phase, seconds: (performance.now() - begun) / 1000 });
    return result;
  }
}
