import type { RowFacts } from '../../src/run-events/facts.js';
import { describe, expect, it } from 'vitest';
import { CommandCollector, emptyCommands, type CommandFacts } from '../../src/run-events/command-facts.js';
import { spentWords, timeSpent } from '../../src/report/time-spent.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';

function row(seconds: number, phases: [string, number | null][], commands: [string, string, number][]): RowFacts {
  const journal = new JournalBuilder([kernelRow('5.10', 'clean')]);
  addRow(journal, '5.10');
  const [healthy] = journal.facts().rows;
  return {
    ...healthy!,
    outcome: { ...healthy!.outcome!, seconds },
    phases: phases.map(([phase, took]) => ({ phase, startedSeq: 1, seconds: took })),
    commands: collected(commands),
  };
}

function collected(commands: [string, string, number][]): CommandFacts {
  const facts = emptyCommands();
  const collector = new CommandCollector(facts, 0);
  const rest = { v: 3, at: '', kind: 'command', kernel: 'k', machine: 'm1', code: 0, stdout: '', stderr: '' } as const;
  for (const [i, [phase, command, seconds]] of commands.entries()) {
    collector.add({ ...rest, seq: i + 1, phase, command, seconds });
  }
  return facts;
}

describe('the time of a row', () => {
  it('is told apart by whose it was, each second once', () => {
    const spent = timeSpent(
      row(
        100,
        [
          ['machine', 10],
          ['boot', 20],
          ['case1', 12],
        ],
        [
          ['boot', 'uname -r', 1],
          ['prepare', 'for i in 1 2; do test -S x && docker version && exit 0; done', 2],
          ['exhaust', 'perl /run/kernel-matrix/cgroups.pl fill /sys/fs/cgroup/memory/test 1 70000', 30],
          ['case1', 'docker run -id nginx', 5],
          ['case1', "echo 'docker run' > /dev/kmsg", 3],
        ],
      ),
    );
    expect(spent).toEqual({ boot: 30, docker: 7, directories: 30, otherCommands: 3, tool: 30 });
    expect(spentWords(spent!)).toBe(
      'machine and boot 30 s, Docker 7 s, directories 30 s, other commands 3 s, this program 30 s',
    );
  });

  it('is not told of a row that failed, has no end, or no command', () => {
    const whole = row(100, [], [['case1', 'docker run -id nginx', 5]]);
    expect(timeSpent({ ...whole, outcome: { ...whole.outcome!, outcome: 'failed' } })).toBeNull();
    expect(timeSpent({ ...whole, outcome: null })).toBeNull();
    expect(timeSpent({ ...whole, commands: emptyCommands() })).toBeNull();
  });
});
