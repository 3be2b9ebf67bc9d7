import { append } from '../../base/lists.js';
import { DefaultRenderer, Listr, ListrLogger, ListrTaskState, ProcessOutput, Spinner, type ListrTask } from 'listr2';
import type { JournalEvent } from '../../run-events/events.js';
import type { Progress } from '../../run/observer.js';
import { plain } from '../../base/text/plain.js';
import type { Display } from './display.js';
import { clock, factOf, failureLines, kernelOf, progressWords } from './facts.js';
import { Pace } from './pace.js';

/** A pace over less than this jumps about too much to be read. */
const PACE_EVERY_MS = 2000;

export interface LiveOptions {
  kernels: string[];
  /** The terminal drawn on. */
  stream: NodeJS.WriteStream;
  /** A clock in milliseconds; the real one if left out. */
  now?: () => number;
}

/**
 * The display on a terminal: a listr2 task for the preparation and one for each kernel. listr2 only draws; tasks begin,
 * change and end by events.
 */
export function liveDisplay(options: LiveOptions): Display {
  const now = options.now ?? (() => performance.now());
  const preparing = new Row('preparing', now);
  const rows = new Map(options.kernels.map((name) => [name, new Row(plain(name), now)]));
  const all = [preparing, ...rows.values()];
  const screen = new Screen(all, options.stream);
  const failures: string[] = [];
  preparing.begin();

  const rowOf = (kernel: string | null) => (kernel === null ? preparing : (rows.get(kernel) ?? preparing));

  return {
    event(event: JournalEvent) {
      const row = rowOf(kernelOf(event));
      if (event.kind === 'phase.started') row.enter(event.phase);
      if (event.kind === 'image.ready') preparing.succeed(factOf(event) ?? '');
      if (event.kind === 'row.finished') {
        const fact = factOf(event) ?? '';
        if (event.outcome === 'measured') row.succeed(fact);
        else {
          const lines = failureLines(event);
          row.fail(`${fact}: ${lines[0] ?? 'no reason was given'}`);
          append(failures, [`${plain(event.kernel)}: ${fact}`, ...lines.map((line) => `  ${line}`)]);
        }
      } else if (event.kind !== 'phase.finished') row.say(factOf(event));
      screen.refresh();
    },
    progress(progress: Progress) {
      rowOf(progress.kernel).count(progress);
      screen.refresh();
    },
    note(line: string) {
      screen.note(plain(line));
    },
    close() {
      if (!screen.close()) return;
      if (!screen.drawn && screen.notes.length > 0) options.stream.write(`${screen.notes.join('\n')}\n`);
      // The drawing has room for one line of a failure; the rest stands under it.
      if (failures.length > 0) options.stream.write(`${failures.join('\n')}\n`);
    },
  };
}

/** What is drawn of one task, and the promise listr2 waits for. */
class Row {
  title: string;
  output = '';
  readonly end: Promise<void>;
  #state: 'waiting' | 'running' | 'ended' = 'waiting';
  #failed = false;
  #phase = '';
  #began = 0;
  #pace = new Pace();
  #paceShown: number | null = null;
  #settle!: { resolve(): void; reject(error: Error): void };

  constructor(
    private readonly name: string,
    private readonly now: () => number,
  ) {
    this.title = `${name}  waiting`;
    this.end = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // listr2 may not have asked for it yet when a row fails; it is told all the same when it does.
    this.end.catch(() => {});
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  get failed(): boolean {
    return this.#failed;
  }

  begin(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'running';
    this.#began = this.now();
    this.tick();
  }

  enter(phase: string): void {
    this.begin();
    this.#phase = phase;
    this.#paceShown = null;
    this.output = '';
    this.#pace.begin(null, this.now());
    this.tick();
  }

  say(text: string | null): void {
    if (text !== null && text !== '') this.output = text;
  }

  count(progress: Progress): void {
    this.begin();
    this.#phase = progress.phase;
    const last = this.#pace.shownAt(null);
    if (progress.done !== undefined && (last === null || this.now() - last >= PACE_EVERY_MS)) {
      this.#paceShown = this.#pace.take({ ...progress, kernel: null }, this.now()) ?? this.#paceShown;
    }
    this.output = progressWords(progress, this.#paceShown);
    this.tick();
  }

  /** Brings the elapsed time up to date. */
  tick(): void {
    if (this.#state !== 'running') return;
    this.title = [this.name, clock(this.now() - this.#began), this.#phase].filter((part) => part !== '').join('  ');
  }

  succeed(text: string): void {
    if (this.ended) return;
    this.#state = 'ended';
    this.title = `${this.name}  ${text}`;
    this.#settle.resolve();
  }

  fail(text: string): void {
    if (this.ended) return;
    this.#state = 'ended';
    this.title = `${this.name}  ${text}`;
    this.#failed = true;
    this.#settle.reject(new Error(this.title));
  }

  /** Lets listr2 end its task without a result. */
  release(): void {
    this.#state = 'ended';
    this.#settle.resolve();
  }
}

/** listr2's default renderer, which can also be ended from outside, at once, and shows notes under the tasks. */
class Renderer extends DefaultRenderer {
  // listr2 looks at stdout, but it is stderr that is drawn on; chooseDisplay has made sure of the terminal.
  static override nonTTY = true;
  static latest: Renderer | null = null;
  readonly notes: string[] = [];
  readonly #options: ConstructorParameters<typeof DefaultRenderer>[1];
  #shown = false;
  #ended = false;

  constructor(...args: ConstructorParameters<typeof DefaultRenderer>) {
    super(...args);
    this.#options = args[1];
    Renderer.latest = this;
  }

  /** False until listr2 has loaded what it draws with. */
  get shown(): boolean {
    return this.#shown;
  }

  override async render(): Promise<void> {
    if (this.#ended) return;
    await super.render();
    this.#shown = true;
    if (!this.#ended) return;
    // Closed while it was still loading: what it has taken is given back, and nothing is drawn over what came since.
    this.#options.spinner?.stop();
    this.#options.logger?.process.release();
  }

  override update(): void {
    // listr2 goes on asking for this as its tasks end.
    if (!this.#ended) super.update();
  }

  override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
    return [super.create(options), ...this.notes].join('\n');
  }

  override end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#shown) super.end();
  }
}

/** The drawing: starts at once, ends when every row has ended or when it is closed. */
class Screen {
  readonly #rows: Row[];
  readonly #renderer: Renderer;
  readonly #update: () => void;
  readonly #stopTasks: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #leave = () => this.close();
  #closed = false;

  constructor(rows: Row[], stream: NodeJS.WriteStream) {
    this.#rows = rows;
    const tasks: { row: Row; task: Parameters<ListrTask['task']>[1] }[] = [];
    const listr = new Listr(
      rows.map((row) => ({
        title: row.title,
        task: (_context: unknown, task: Parameters<ListrTask['task']>[1]) => {
          tasks.push({ row, task });
          // Events may have come before listr2 was ready.
          this.#update();
          return row.end;
        },
      })),
      {
        concurrent: true,
        exitOnError: false,
        // Signals are src/cli/signals.ts's; listr2 would exit in the middle of cleaning up.
        registerSignalListeners: false,
        renderer: Renderer,
        rendererOptions: {
          collapseSkips: true,
          formatOutput: 'truncate',
          spinner: new Spinner(),
          logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(stream, stream) }),
        },
      },
    );
    this.#update = () => {
      for (const { row, task } of tasks) {
        row.tick();
        if (task.title !== row.title) task.title = row.title;
        if (!row.ended && row.output !== '' && task.output !== row.output) task.output = row.output;
      }
    };
    this.#stopTasks = () => {
      for (const { row, task } of tasks) {
        // listr2 learns of an end a moment later than we do, and after this frame it is too late.
        if (row.ended && !task.task.hasFinalized())
          task.task.state$ = row.failed ? ListrTaskState.FAILED : ListrTaskState.COMPLETED;
        // Rows not ended yet are drawn as skipped rather than as still turning.
        else if (!row.ended) task.skip(`${row.title}  stopped`);
      }
    };
    void listr.run();
    const renderer = Renderer.latest;
    if (!renderer) throw new Error('listr2 made no renderer');
    this.#renderer = renderer;
    this.#timer = setInterval(this.#update, 1000);
    this.#timer.unref();
    // An exit while drawing must still give the cursor back.
    process.on('exit', this.#leave);
  }

  refresh(): void {
    if (!this.#closed) this.#update();
  }

  /** True if anything was ever on the terminal. */
  get drawn(): boolean {
    return this.#renderer.shown;
  }

  get notes(): readonly string[] {
    return this.#renderer.notes;
  }

  note(line: string): void {
    this.#renderer.notes.push(line);
  }

  /** @returns false if it was closed already. */
  close(): boolean {
    if (this.#closed) return false;
    this.#update();
    this.#closed = true;
    clearInterval(this.#timer);
    process.off('exit', this.#leave);
    this.#stopTasks();
    this.#renderer.end();
    for (const row of this.#rows) row.release();
    return true;
  }
}
