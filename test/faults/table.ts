/**
 * Prints the score of the injected faults after a run of them, and with KERNEL_MATRIX_FAULTS_DOC writes it into
 * docs/reliability.md, between its two marks.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { FaultRecord } from './lab.js';

const DOC = 'docs/reliability.md';
const MARKS = ['<!-- faults: begin -->', '<!-- faults: end -->'] as const;

interface Line {
  fault: string;
  passed: boolean;
  seconds: number;
  record: FaultRecord | undefined;
}

export default class FaultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules
      .flatMap((module) => [...module.children.allTests()].map(lineOf))
      .filter((line) => line !== null);
    if (lines.length === 0) return;
    const text = table(lines);
    process.stdout.write(`\n${text}\n`);
    if (!process.env['KERNEL_MATRIX_FAULTS_DOC']) return;
    const doc = readFileSync(DOC, 'utf8');
    const [from, to] = MARKS.map((mark) => doc.indexOf(mark)) as [number, number];
    writeFileSync(DOC, `${doc.slice(0, from + MARKS[0].length)}\n\n${text}\n${doc.slice(to)}`);
  }
}

type Test = ReturnType<TestModule['children']['allTests']> extends Iterable<infer T> ? T : never;

function lineOf(test: Test): Line | null {
  const { state } = test.result();
  if (state !== 'passed' && state !== 'failed') return null;
  return {
    fault: test.fullName.replace(' > ', ' '),
    passed: state === 'passed',
    seconds: Math.round((test.diagnostic()?.duration ?? 0) / 1000),
    record: (test.meta() as { fault?: FaultRecord }).fault,
  };
}

function table(lines: Line[]): string {
  const words = (list: string[] | undefined) => (list === undefined ? 'not looked at' : list.join(', ') || 'nothing');
  const survived = lines.filter(({ passed }) => passed).length;
  const rows = lines.map(
    ({ fault, passed, seconds, record }) =>
      `| ${fault} | ${passed ? 'yes' : 'NO'} | ${words(record?.lost)} | ${words(record?.left)} | ${seconds} |`,
  );
  return [
    `${lines.length} faults, ${survived} survived.`,
    '',
    '| fault | survived | lost | left behind | seconds |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
