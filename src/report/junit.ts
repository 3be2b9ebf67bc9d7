/** The matrix as JUnit XML, in the dialect of Jenkins, which GitLab and the reporters of GitHub read too. */
import type { RunFacts } from '../run-events/facts.js';
import { clip } from '../base/text/excerpt.js';
import { plain, plainLines } from '../base/text/plain.js';
import { element, type Xml, xmlPieces } from '../base/text/xml.js';
import type { ReportInput, ReportRow } from './input.js';
import { goneCase, type TestCase, testCases } from './junit-cases.js';
import { distinct } from './paths.js';
import { rangeWords } from './text.js';

interface Suite {
  name: string;
  classname: string;
  /** ISO 8601 to the second, in UTC and without a zone: what the schema of Ant wants and Jenkins reads. */
  timestamp: string;
  seconds: number;
  properties: [string, string][];
  cases: TestCase[];
  output: string;
}

/** The report as one text. */
export function renderJunit(input: ReportInput): string {
  return [...junitPieces(input)].join('');
}

/**
 * A piece a kernel, and one suite a kernel: the checks, the cases and the verdict as test cases. Failures are there if, and only if, the run's exit
 * code is 1 or 4, errors if, and only if, a kernel was not measured: both come from the verdicts. Guests' text is made plain.
 * With a comparison there is a further test case a kernel.
 */
export function* junitPieces(input: ReportInput): Generator<string, void> {
  const suites = (): Iterable<Suite> => suitesOf(input);
  // The totals stand before the suites, which are made twice, so that not all of them are held at once.
  const totals = { tests: 0, failures: 0, errors: 0, seconds: 0 };
  for (const { cases, seconds } of suites()) {
    totals.tests += cases.length;
    totals.failures += count(cases, 'failure');
    totals.errors += count(cases, 'error');
    totals.seconds += seconds;
  }
  const { seconds, ...counts } = totals;
  const name = `kernel-matrix ${input.facts.profile}`;
  yield* xmlPieces('testsuites', { name, ...counts, time: time(seconds) }, elementsOf(suites()));
}

function* elementsOf(suites: Iterable<Suite>): Generator<Xml, void> {
  for (const suite of suites) yield suiteElement(suite);
}

function* suitesOf({ facts, rows, transcripts, comparison }: ReportInput): Generator<Suite, void> {
  // In the baseline only: no row here, and no pass.
  const gone = comparison?.kernels.filter(({ state }) => state === 'gone') ?? [];
  const classnames = classNames(facts.profile, [...facts.rows.map(({ kernel }) => kernel.name), ...gone.map(nameOf)]);
  for (const row of rows) {
    const { kernel } = row.verdict;
    const transcript = transcripts.get(kernel);
    yield {
      name: shown(kernel),
      classname: classnames.get(kernel) ?? kernel,
      timestamp: second(row.facts.started?.at ?? facts.startedAt),
      seconds: row.facts.outcome?.seconds ?? 0,
      properties: properties(row, facts),
      cases: testCases(row, transcript, comparison),
      output: output(row, transcript),
    };
  }
  for (const kernel of gone) {
    yield {
      name: shown(kernel.kernel),
      classname: classnames.get(kernel.kernel) ?? kernel.kernel,
      timestamp: second(facts.startedAt),
      seconds: 0,
      properties: runProperties(facts),
      cases: comparison === null ? [] : [goneCase(kernel, comparison)],
      output: '',
    };
  }
}

/** Of a class's name before and after its dot: longer ones are cut, those that are alike then are counted. */
const LONGEST_NAME = 200;

/** Readers want a name to have a character. */
const shown = (name: string): string => plain(name) || '_';

const nameOf = ({ kernel }: { kernel: string }): string => kernel;

/** `profile.kernel`, with no other dot: readers take the last dot for the end of a package's name. */
function classNames(profile: string, kernels: string[]): Map<string, string> {
  const part = (name: string) => clip(shown(name), LONGEST_NAME).replaceAll('.', '_');
  const names = distinct(kernels, part);
  return new Map([...names].map(([kernel, name]) => [kernel, `${part(profile)}.${name}`]));
}

function second(at: string): string {
  return at.slice(0, 19);
}

function runProperties(facts: RunFacts): [string, string][] {
  return [
    ['run', facts.run],
    ['profile', facts.profile],
    ['profile reason', facts.profileReason],
    ['tool', `${facts.tool.name} ${facts.tool.version}`],
    ['host', `${facts.host.os}, ${facts.host.cpus} CPUs, ${facts.host.memoryMib} MiB`],
  ];
}

/** What is not known is left out. */
function properties({ facts: row, verdict, scenarios }: ReportRow, facts: RunFacts): [string, string][] {
  const { boot, machine } = row;
  const runtime = scenarios.map(({ scenario, own }) => scenario.view.runtime(own.facts)).find((each) => each !== null);
  const known: [string, string | null | undefined][] = [
    ...runProperties(facts),
    ['release', boot?.release],
    ['cgroup', row.kernel.cgroup],
    ['docker', runtime],
    ['machine', machine && `${machine.provider}, ${machine.cpus} CPUs, ${machine.memoryMib} MiB`],
    ['accelerator', machine?.accelerator],
    ['accelerator reason', machine?.acceleratorReason],
    ['verdict', verdict.verdict],
    ['expected', verdict.expected],
  ];
  return known.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, value]]));
}

function output({ facts: row, verdict }: ReportRow, transcript: string | undefined): string {
  const { numbers } = row.commands;
  return [
    `transcript: ${transcript ?? 'none'}`,
    `journal: journal.jsonl${numbers.count === 0 ? '' : `, ${rangeWords(numbers)}`}`,
    ...(verdict.kernelSaid === null ? [] : [`the kernel said: ${plain(verdict.kernelSaid.text)}`]),
    ...verdict.notes.map((note) => `note: ${plain(note)}`),
  ].join('\n');
}

function suiteElement({ name, classname, timestamp, seconds, properties, cases, output }: Suite): Xml {
  const attributes = {
    name,
    tests: cases.length,
    failures: count(cases, 'failure'),
    errors: count(cases, 'error'),
    skipped: count(cases, 'skipped'),
    time: time(seconds),
    timestamp,
  };
  return element('testsuite', attributes, [
    element(
      'properties',
      {},
      properties.map(([key, value]) => element('property', { name: key, value })),
    ),
    ...cases.map((each) => caseElement(each, classname)),
    ...(output === '' ? [] : [element('system-out', {}, output)]),
  ]);
}

function caseElement({ name, seconds, outcome, type, message, lines }: TestCase, classname: string): Xml {
  const attributes = { name, classname, ...(seconds === null ? {} : { time: time(seconds) }) };
  const body = lines.map(plainLines).join('\n');
  if (outcome !== 'passed') return element('testcase', attributes, [element(outcome, { type, message }, body)]);
  return element('testcase', attributes, body === '' ? [] : [element('system-out', {}, body)]);
}

function count(cases: readonly TestCase[], outcome: TestCase['outcome']): number {
  return cases.filter((each) => each.outcome === outcome).length;
}

/** Plain decimals: Jenkins' schema has no exponent. */
function time(seconds: number): string {
  return seconds.toFixed(3);
}
