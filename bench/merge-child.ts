/** Reads the journals of shards and merges them; a process of its own, so that its memory is nobody else's. */
import { parseJournal } from '../src/scenario/journal.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan } from '../src/cli/kernels-yaml.js';
import type { ShardJournal } from '../src/run/merge/parts.js';
import { mergeShards } from '../src/run/merge/merge.js';
import { timed } from './compare.js';

const [runs, total] = process.argv.slice(2) as [string, string];
const journals: ShardJournal[] = [];
const read = await timed(() => {
  for (let i = 1; i <= Number(total); i++) {
    const file = join(runs, `s${i}`, 'journal.jsonl');
    journals.push({ file, events: parseJournal(readFileSync(file, 'utf8'), file).events });
  }
}, 'cpu');
const tool = { name: 'bench', version: '0', node: process.version };
const options = { run: 'all', at: '2026-01-01T00:00:00.000Z', tool, allowMissing: false, baseline: null, checkPlan };
const merge = await timed(() => void mergeShards(journals, options), 'cpu');
process.stdout.write(JSON.stringify({ read, merge }));
