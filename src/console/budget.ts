import { type ConsoleClass, type ConsoleFinding, MOST_OF_A_CLASS } from './finding.js';
import { SEVERITY } from './signs.js';

/** How many findings of each class are given, and how many there were beyond. */
export class Budget {
  private readonly given = new Map<ConsoleClass, number>();
  private readonly over = new Map<ConsoleClass, number>();

  /** A boot was asked for: what it says is another row's. Nothing that a guest prints begins it. */
  restart(): void {
    this.given.clear();
  }

  /** Whether one more of its class is given; it is counted either way. */
  allows(name: ConsoleClass): boolean {
    const given = this.given.get(name) ?? 0;
    const counts = given < MOST_OF_A_CLASS ? this.given : this.over;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts === this.given;
  }

  /** What was not given since this was last asked; null if nothing. */
  leftOut(at: Pick<ConsoleFinding, 'offset' | 'release'>): ConsoleFinding | null {
    if (this.over.size === 0) return null;
    const counts = [...this.over].map(([name, count]) => `${count} of class ${name.replaceAll('-', ' ')}`);
    const severity = [...this.over.keys()].some((name) => SEVERITY[name] !== 'notice') ? 'serious' : 'notice';
    this.over.clear();
    const line = `more was found than is written down: ${counts.join(', ')}`;
    return { class: 'left-out', severity, line, excerpt: [line], kernelTime: null, ...at };
  }
}
