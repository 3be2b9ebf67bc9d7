/** What replay keeps of the commands of a row, or of a machine between rows: their numbers and times, and the first of them whole. */
import { plain } from '../base/text/plain.js';
import { boundedText } from './bounds.js';
import type { JournalEvent } from './events.js';
import { EventNumbers } from '../journal/numbers.js';

type Command = JournalEvent<'command'>;

/** Whose time a command takes: Docker's, that of the bulk tool for directories, or another program's. */
export type CommandKind = 'docker' | 'directories' | 'other';

/** Their answers are in the journal, and in the transcript that is made of it: a run may have a million of them. */
export interface CommandFacts {
  numbers: EventNumbers;
  /** The first of them, each text within `LONGEST_TEXT`; none where the run has too many rows to show any. */
  shown: Command[];
  /** The last that failed and wrote to stderr, with what it wrote; null if none did. */
  failed: { seq: number; stderr: string } | null;
  /** Seconds of those after the boot, by kind. */
  seconds: Record<CommandKind, number>;
  /** Seconds of each `docker rm` of a container, by the number of its event. */
  removals: Map<number, number>;
}

export function emptyCommands(): CommandFacts {
  return {
    numbers: new EventNumbers(),
    shown: [],
    failed: null,
    seconds: { docker: 0, directories: 0, other: 0 },
    removals: new Map(),
  };
}

/** Characters of commands and answers that are kept of a whole run, for those who show them beside its facts. */
const SHOWN = 2 ** 20;
/** A share so small that a row would be shown by its first few commands only is no share. */
const LEAST_SHARE = 25_000;
/** What a command takes beside its text. */
const FRAME = 256;

/** The characters that each row of a run may have in `shown`: the same for all, so that it follows from the plan alone. */
export function shareOfRow(rows: number): number {
  const share = Math.floor(SHOWN / (rows + 1));
  return share < LEAST_SHARE ? 0 : share;
}

/** The phases before a kernel is proven to be up: their time is the machine's, whatever ran in them. */
const BOOT: ReadonlySet<string> = new Set(['machine', 'select', 'boot']);

/** Collects commands as they come. */
export class CommandCollector {
  /**
   * @param facts receives what is kept.
   * @param share characters that `shown` may have.
   */
  constructor(
    private readonly facts: CommandFacts,
    private share: number,
  ) {}

  add(command: Command): void {
    const { facts } = this;
    facts.numbers.add(command.seq);
    if (!BOOT.has(command.phase)) facts.seconds[kindOf(command.command)] += command.seconds;
    if (command.command.startsWith('docker rm ')) facts.removals.set(command.seq, command.seconds);
    if (command.code !== 0) {
      const stderr = boundedText(command.stderr);
      if (plain(stderr) !== '') facts.failed = { seq: command.seq, stderr };
    }
    this.show(command);
  }

  private show(command: Command): void {
    if (this.share <= 0) return;
    const kept: Command = {
      ...command,
      command: boundedText(command.command),
      stdout: boundedText(command.stdout),
      stderr: boundedText(command.stderr),
    };
    this.share -= kept.command.length + kept.stdout.length + kept.stderr.length + FRAME;
    if (this.share >= 0) this.facts.shown.push(kept);
  }
}

/** Characters of a command in which what it calls is looked for. */
const LOOKED_AT = 4096;

function kindOf(command: string): CommandKind {
  const text = command.slice(0, LOOKED_AT);
  if (/^perl \S*cgroups\.pl /.test(text)) return 'directories';
  // Alone, or in the loop that waits until it answers.
  return /(^|[;&|] *)docker /.test(text) ? 'docker' : 'other';
}
