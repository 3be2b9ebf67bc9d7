/** The tables of docs/performance.md, made of bench/results/ between markers; all else in that file is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { readResults, rounded, type Pairs, type Results } from './results.js';

export const DOCS = join(import.meta.dirname, '../docs/performance.md');

/** Writes the tables anew. @returns the file. @throws Error if a subject has no place in it. */
export async function updateDocs(): Promise<string> {
  writeFileSync(DOCS, await withTables(readFileSync(DOCS, 'utf8'), readResults()));
  return DOCS;
}

/** The text with the table of each subject between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
export async function withTables(text: string, results: ReadonlyMap<string, Results>): Promise<string> {
  let filled = text;
  for (const [subject, one] of results) {
    const [begin, end] = [`<!-- bench:${subject} -->`, `<!-- /bench:${subject} -->`];
    const [from, to] = [filled.indexOf(begin), filled.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${subject}: ${begin} … ${end}`);
    filled = `${filled.slice(0, from + begin.length)}\n\n${tablesOf(one)}\n\n${filled.slice(to)}`;
  }
  return format(filled, { ...(await resolveConfig(DOCS)), filepath: DOCS });
}

function tablesOf({ date, host, figures, pairs }: Results): string {
  const { cpus, cpu, memoryMib, os, node, load } = host;
  const where = `${date}, ${cpus} cores (${cpu}), ${Math.round(memoryMib / 1024)} GiB, ${os}, Node ${node}, load ${load}`;
  const parts = [`_${where}_`];
  if (figures.length > 0) {
    const rows = figures.map(({ what, value, unit }) => `| ${what} | ${value} ${unit} |`);
    parts.push(['| | |', '| --- | ---: |', ...rows].join('\n'));
  }
  if (pairs.length > 0) {
    parts.push(['| A | B | A : B |', '| --- | --- | ---: |', ...pairs.map(pairRow)].join('\n'));
  }
  return parts.join('\n\n');
}

function pairRow({ what, a, b, ratio, least, most, clock }: Pairs): string {
  const side = ({ name, seconds }: Pairs['a']) =>
    `${name}: ${rounded(seconds * 1000)} ms${clock === 'cpu' ? ' of CPU' : ''}`;
  return `| ${what}, ${side(a)} | ${side(b)} | ${ratio} (${least} to ${most}) |`;
}
