/** A scenario that only tests know: it counts the files of a folder in the guest, and leaks if there are any. */
import { z } from 'zod';
import type { Answer } from '../../src/scenario/answer.js';
import { check, notRecorded } from '../../src/scenario/check.js';
import type { Scenario, ScenarioContext } from '../../src/scenario/scenario.js';
import type { View } from '../../src/scenario/view.js';
import type { JournalEvent } from '../../src/run-events/events.js';

const counted = z.object({ kernel: z.string(), files: z.int(), from: z.array(z.int()) });

interface ToyFacts {
  counted: JournalEvent<'toy.counted'> | null;
}

declare module '../../src/run-events/events.js' {
  interface EventBodies {
    'toy.counted': z.infer<typeof counted>;
  }
}
declare module '../../src/run-events/facts.js' {
  interface ScenarioFacts {
    toy: ToyFacts;
  }
}
declare module '../../src/scenario/answer.js' {
  interface ScenarioAnswers {
    toy: Answer;
  }
}

const FOLDER = { name: 'folder', title: 'The folder could be read' };

const view: View<ToyFacts, Answer> = {
  columns: [
    {
      title: 'files left',
      group: 'cases',
      cell: ({ facts }) => String(facts.counted?.files ?? '—'),
      tone: ({ answer }) => (answer.verdict === 'clean' ? 'good' : 'bad'),
      from: ({ facts }) => facts.counted?.from ?? [],
    },
  ],
  csv: [['toy_files', ({ facts }) => facts.counted?.files]],
  brief: [{ title: 'toy files', cell: ({ facts }) => String(facts.counted?.files ?? '—') }],
  remarks: [{ title: 'files of the toy', row: ({ facts }) => `${facts.counted?.files} files` }],
  settings: () => ({ 'folder of the toy': '/toy' }),
  describe: (event) => (event.kind === 'toy.counted' ? `toy: ${event.files} files` : null),
  entries: ({ counted: event }) =>
    event === null ? [] : [{ seq: event.seq, lines: [`-- toy: ${event.files} files`] }],
  clause: ({ verdict }) => (verdict === 'leaks' ? 'leaves toy files' : 'leaves no toy file'),
  findings: ({ facts, answer }) =>
    answer.verdict === 'leaks'
      ? [{ seen: `${facts.counted!.files} toy files are left`, quote: null, from: facts.counted!.from, told: [] }]
      : [],
  cases: ({ facts, answer }) => [
    {
      name: 'files',
      verdict: answer.verdict,
      reasons: answer.reasons,
      measured: facts.counted !== null,
      lines: [`${facts.counted?.files} files`],
      finding: null,
      from: facts.counted?.from ?? [],
    },
  ],
  section: ({ facts }) => [
    {
      kind: 'facts',
      facts: [{ name: 'toy files', value: `${facts.counted?.files} of the toy`, from: facts.counted?.from ?? [] }],
    },
  ],
  errors: () => [],
  bootId: () => null,
  runtime: () => null,
  method: () => [{ kind: 'paragraph', text: 'The toy counts files.' }],
  overview: (rows) => [{ kind: 'paragraph', text: `The toy saw ${rows.length} kernels.` }],
  summary: ({ facts, answer }) => ({
    verdict: answer.verdict,
    facts: { 'folder of the toy': 'read' },
    cases: [{ name: 'files', verdict: answer.verdict, completed: 1, refusedAt: null, refusal: '' }],
    samples: [{ figure: 'toy_files', case: null, values: facts.counted === null ? [] : [facts.counted.files] }],
  }),
  figures: [
    {
      id: 'toy_files',
      name: 'toy files left',
      unit: '',
      show: (files) => `${files} files`,
      chart: () => 'Toy files',
      method: 'exact',
      counted: true,
      worse: 'more',
      comparable: 'always',
      tolerance: 0,
      fails: true,
    },
  ],
};

export const toy: Scenario<ToyFacts, Answer, ScenarioContext> = {
  id: 'toy',
  events: { 'toy.counted': counted },
  steps: [
    {
      phase: 'toy-count',
      title: 'Toy: count the files',
      testCase: 'files',
      describe: () => 'ls /toy',
      async run({ shell, journal, row, progress }) {
        progress('files counted', 1, 1);
        const { stdout, seq } = await shell.must('ls /toy');
        const files = stdout.split('\n').filter((line) => line !== '').length;
        journal.append({ kind: 'toy.counted', kernel: row.name, files, from: [seq] });
      },
    },
  ],
  begin: (context) => Promise.resolve(context),
  empty: () => ({ counted: null }),
  fold(facts, event, damage) {
    if (event.kind !== 'toy.counted') return;
    if (facts.counted !== null) throw damage('a second toy.counted');
    facts.counted = event;
  },
  judge({ counted: event }, failure) {
    const read = event === null ? notRecorded(FOLDER) : check(FOLDER, [], `${event.files} files`, event.from);
    const rest = { reasons: [], notes: [], checks: [read] };
    if (failure !== null) return { ...rest, verdict: 'not-measured' };
    if (event === null) return { ...rest, verdict: 'inconclusive', reasons: ['no file was counted'] };
    return { ...rest, verdict: event.files > 0 ? 'leaks' : 'clean' };
  },
  view,
};
