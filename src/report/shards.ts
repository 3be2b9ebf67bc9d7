/** What reports say of a run that is a part of a matrix, or that was merged of such parts. */
import type { RunFacts } from '../run-events/facts.js';
import { ABSENT, duration } from '../base/text/figures.js';
import { markdown } from '../base/text/markdown.js';
import type { Shard } from '../run-events/events.js';

type Merged = RunFacts['shards'][number];

/** The sentence that stands for the table of a shard to which no row falls; null for any other run. */
export function withoutRows({ shard, rows }: RunFacts): string | null {
  if (shard === null || rows.length > 0) return null;
  return `Shard ${shard.index}/${shard.total}: no row of the ${shard.kernels.length} falls to it, so there was nothing to do.\n`;
}

/** A section of the Markdown report; empty for a whole run. */
export function shardLines(facts: RunFacts): string[] {
  if (facts.shard !== null) return ['', '## Shard', '', partSentence(facts.shard, facts)];
  if (facts.shards.length === 0) return [];
  return [
    '',
    '## Shards',
    '',
    'This run was merged of the runs below. Times are each host’s own; nothing compares one host’s clock with another’s.',
    '',
    '| shard | run | host | clock | started | took | rows |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...facts.shards.map((each) => `| ${cells(each).map(markdown).join(' | ')} |`),
    ...remarks(facts).map((remark) => `\n${markdown(remark)}`),
  ];
}

function partSentence(shard: Shard, { rows }: RunFacts): string {
  const others = shard.kernels
    .map(({ name }) => name)
    .filter((name) => !rows.some(({ kernel }) => kernel.name === name));
  const own = rows.length === 0 ? 'No row falls to it.' : '';
  const left = others.length === 0 ? '' : `Rows of other shards: ${markdown(others.join(', '))}.`;
  return [`Shard ${shard.index}/${shard.total}, on host ${markdown(shard.hostname)}.`, own, left]
    .filter(Boolean)
    .join(' ');
}

function cells(shard: Merged): string[] {
  const { host, tool } = shard;
  return [
    `${shard.index}/${shard.total}`,
    `${shard.run}${shard.resumed > 0 ? ` (resumed ${shard.resumed}×)` : ''}`,
    `${shard.hostname}: ${host.os}, ${host.cpus} CPUs, ${host.memoryMib} MiB; ${tool.name} ${tool.version}, Node.js ${tool.node}`,
    `UTC${offset(shard.utcOffsetMinutes)}`,
    shard.startedAt,
    shard.seconds === null ? 'not finished' : duration(shard.seconds),
    shard.kernels.join(', ') || ABSENT,
  ];
}

/** Rows that another run of the same shard finished, and clocks that cannot both be right. */
function remarks({ shards, plan }: RunFacts): string[] {
  const there = new Set(shards.map(({ index }) => index));
  const total = shards[0]?.total ?? 0;
  const gone = Array.from({ length: total }, (_, i) => i + 1).filter((index) => !there.has(index));
  const covered = new Set(shards.flatMap(({ kernels }) => kernels));
  const rows = plan.kernels.map(({ name }) => name).filter((name) => !covered.has(name));
  return [
    ...(gone.length > 0 || rows.length > 0
      ? [
          `Missing: ${gone.length > 0 ? `shard ${gone.map((index) => `${index}/${total}`).join(', ')}` : 'no shard'}; rows in none: ${rows.join(', ') || 'no row'}.`,
        ]
      : []),
    ...shards
      .filter(({ superseded }) => superseded.length > 0)
      .map(
        ({ run, superseded }) =>
          `Run ${run} did not finish ${superseded.join(', ')}, which another run of the shard is taken for.`,
      ),
    ...shards.flatMap((shard) => {
      const ahead = (Date.parse(shard.lastAt) - Date.parse(shard.at)) / 1000;
      return ahead > 0
        ? [
            `The clock of ${shard.hostname} was at least ${duration(ahead)} ahead of the host that merged: its last event is dated after the merge.`,
          ]
        : [];
    }),
  ];
}

function offset(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
