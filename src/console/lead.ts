import type { ConsoleClass } from './finding.js';
import type { Message } from './messages.js';

/** Lines kept of what led to a finding. */
const MOST_LEADING = 4;
/** Lines after which what looked like the beginning of something (an out-of-memory report is long) has led to nothing. */
const LONGEST_LEAD = 400;
/** Seconds of the kernel's clock after the last line, and after the first: a slow console prints a long report slowly. */
const PAUSE = 2;
const LONGEST = 10;

const CUT_HERE = /^-+\[ cut here \]-+$/;
const OOM_BEGINS = /\binvoked oom-killer: /;
/** A memory cgroup is out of memory: mm/memcontrol.c, mem_cgroup_print_oom_context; its constraint since 5.0 (mm/oom_kill.c). */
const OF_MEMCG =
  /^memory: usage \d+kB, limit \d+kB|killed as a result of limit of |^Memory cgroup stats\b|^oom-kill:constraint=CONSTRAINT_MEMCG\b|\bmem_cgroup_out_of_memory\b/;

/** What a report begins with before the line that says what it is. It has an age, and is over when it has led to nothing. */
export class Lead {
  readonly lines: string[] = [];
  /** The first line that is somebody's, should no sign follow. */
  swallowed: { class: ConsoleClass; message: Message } | null = null;
  /** It tells of a memory cgroup that is out of memory. */
  memcg = false;
  private age = 0;
  private readonly first: number | null;
  private last: number | null;

  private constructor(
    /** What stands before a warning or a bug, and not before an out-of-memory kill. */
    readonly cutHere: boolean,
    { text, kernelTime }: Message,
  ) {
    this.lines.push(text);
    this.first = this.last = kernelTime;
  }

  /** The lead that begins with a line; null if none does. */
  static of(message: Message): Lead | null {
    const cut = CUT_HERE.test(message.text);
    return cut || OOM_BEGINS.test(message.text) ? new Lead(cut, message) : null;
  }

  add({ text, kernelTime }: Message): void {
    this.age += 1;
    this.last = kernelTime ?? this.last;
    this.memcg ||= OF_MEMCG.test(text);
    if (this.lines.length < MOST_LEADING) this.lines.push(text);
  }

  /** Programs write between the kernel's lines, which have stamps. */
  concerns({ kernelTime }: Message): boolean {
    return kernelTime !== null || this.first === null;
  }

  /** Whether a line comes too late to belong to it. */
  isOver({ kernelTime }: Message): boolean {
    if (this.age >= LONGEST_LEAD) return true;
    if (kernelTime === null || this.first === null || this.last === null) return false;
    return Math.abs(kernelTime - this.last) > PAUSE || kernelTime - this.first > LONGEST;
  }
}
