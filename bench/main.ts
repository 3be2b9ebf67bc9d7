/**
 * Measures what the design rests on. Figures are of this host and this moment; only ratios are meant to be compared.
 * What was measured is written to bench/results/<subject>.json, and from there into docs/performance.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli } from './cli.js';
import { growth } from './growth.js';
import { guest } from './guest.js';
import { journal } from './journal.js';
import { matrix } from './matrix.js';
import { reports } from './reports.js';
import { updateDocs } from './report.js';
import { Recorder, writeResults } from './results.js';
import { scale } from './scale.js';
import { simulate } from './simulate.js';
import type { Subject } from './subject.js';

const SUBJECTS: Record<string, Subject> = { journal, reports, scale, growth, simulate, cli, guest, matrix };

function help(): string {
  const lines = Object.entries(SUBJECTS).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`);
  return `npm run bench                  every subject that boots no machine
npm run bench -- SUBJECT …     these (--simulate is simulate)
npm run bench -- --docs        write the tables of docs/performance.md anew from bench/results/

${lines.join('\n')}
`;
}

async function measure(name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-matrix-bench-'));
  console.log(`\n${name}: ${SUBJECTS[name]!.about}`);
  const record = new Recorder((line) => console.log(`  ${line}`));
  try {
    await SUBJECTS[name]!.run(record, folder);
    console.log(`  → ${writeResults(record, name)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const words = process.argv.slice(2).map((word) => word.replace(/^--/, ''));
const unknown = words.filter((word) => !(word in SUBJECTS) && word !== 'docs');
if (words.includes('help') || unknown.length > 0) {
  process.stdout.write(help());
  process.exitCode = words.includes('help') ? 0 : 2;
} else {
  const named = words.filter((word) => word !== 'docs');
  const chosen = words.length > 0 ? named : Object.keys(SUBJECTS).filter((name) => SUBJECTS[name]!.slow !== true);
  for (const name of chosen) await measure(name);
  if (words.includes('docs')) console.log(`written: ${await updateDocs()}`);
}
