/** What a subject measured, and its file: bench/results/<subject>.json. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

/** Two ways of doing the same, measured in turn. Only the ratio is meant to be compared between hosts. */
export interface Pairs {
  what: string;
  clock: 'wall' | 'cpu';
  a: { name: string; seconds: number };
  b: { name: string; seconds: number };
  /** Of A to B: the median of the pairs, and how far they spread. */
  ratio: number;
  least: number;
  most: number;
  pairs: number;
}

export interface Figure {
  what: string;
  value: number;
  unit: string;
}

export interface Results {
  subject: string;
  /** The day, in UTC. */
  date: string;
  host: { os: string; cpus: number; cpu: string; memoryMib: number; node: string; load: number };
  figures: Figure[];
  pairs: Pairs[];
}

const FOLDER = join(import.meta.dirname, 'results');

/** Collects what a subject measures, and shows it as it comes. */
export class Recorder {
  private readonly figures: Figure[] = [];
  private readonly pairs: Pairs[] = [];

  constructor(private readonly show: (line: string) => void) {}

  figure(what: string, value: number, unit: string): void {
    this.figures.push({ what, value: rounded(value), unit });
    this.show(`${what}: ${rounded(value)} ${unit}`);
  }

  pair(pairs: Pairs): void {
    const { what, a, b, ratio, least, most } = pairs;
    this.pairs.push({
      ...pairs,
      a: { ...a, seconds: rounded(a.seconds) },
      b: { ...b, seconds: rounded(b.seconds) },
      ...{ ratio: rounded(ratio), least: rounded(least), most: rounded(most) },
    });
    this.show(`${what}: ${a.name} ${ms(a.seconds)}, ${b.name} ${ms(b.seconds)}`);
    this.show(`  ratio ${rounded(ratio)} (${rounded(least)} to ${rounded(most)})`);
  }

  /** As it stands in the file. */
  results(subject: string): Results {
    const date = new Date().toISOString().slice(0, 10);
    return { subject, date, host: hostFacts(), figures: this.figures, pairs: this.pairs };
  }
}

export function writeResults(recorder: Recorder, subject: string): string {
  const file = join(FOLDER, `${subject}.json`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, `${JSON.stringify(recorder.results(subject), null, 2)}\n`);
  return file;
}

/** Every result there is, by subject. */
export function readResults(folder = FOLDER): Map<string, Results> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    files.sort().map((name) => {
      const results = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Results;
      return [results.subject, results];
    }),
  );
}

function hostFacts(): Results['host'] {
  return {
    os: `${type()} ${release()}`,
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryMib: Math.floor(totalmem() / 2 ** 20),
    node: process.version,
    load: rounded(loadavg()[1]!),
  };
}

/** Three digits: the fourth was never measured. */
export function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

function ms(seconds: number): string {
  return `${rounded(seconds * 1000)} ms`;
}
