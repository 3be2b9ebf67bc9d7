/** Splitting a matrix over machines: which part a process does, and which rows fall to it. Pure. */
import type { KernelRow } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { MOST_SHARDS } from '../run-events/events.js';
import { deal } from './schedule/deal.js';
import { estimate } from './schedule/estimate.js';

/** One part of a matrix; `index` counts from 1. */
export interface ShardId {
  index: number;
  total: number;
}

/** Kubernetes tells a pod its index but not of how many: this variable of ours does. */
const TOTAL_VARIABLE = 'KERNEL_MATRIX_SHARDS';

/** The variables by which an engine tells a job which of several it is. */
interface Engine {
  name: string;
  index: string;
  total: string;
  /** What the first job is counted as. */
  first: 0 | 1;
}

/**
 * GitLab (`parallel:`; its total is set to 1 without it, its index not at all), CircleCI (`parallelism:`), Buildkite
 * (`parallelism:`) and Kubernetes (`completionMode: Indexed`). GitHub Actions has none: its matrix passes the shard itself.
 * Names and counting are those of each engine's own documentation.
 */
const ENGINES: readonly Engine[] = [
  { name: 'GitLab', index: 'CI_NODE_INDEX', total: 'CI_NODE_TOTAL', first: 1 },
  { name: 'CircleCI', index: 'CIRCLE_NODE_INDEX', total: 'CIRCLE_NODE_TOTAL', first: 0 },
  { name: 'Buildkite', index: 'BUILDKITE_PARALLEL_JOB', total: 'BUILDKITE_PARALLEL_JOB_COUNT', first: 0 },
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', total: TOTAL_VARIABLE, first: 0 },
];

/**
 * The part that `--shard` asks for: `2/5`, or `auto` for what the engine's variables say.
 * @throws UserError (exit code 2) saying what was found.
 */
export function parseShard(text: string, env: Readonly<Record<string, string | undefined>>): ShardId {
  if (text === 'auto') return shardOfEnvironment(env);
  const found = /^(\d{1,9})\/(\d{1,9})$/.exec(text.trim());
  const id = found && checked(Number(found[1]), Number(found[2]));
  if (id) return id;
  throw new UserError({
    what: `--shard: expected the part and how many there are, as 2/5, or auto; got ${JSON.stringify(text)}`,
    why: `parts count from 1 to their number, which is at most ${MOST_SHARDS}`,
    next: '--shard 1/3, --shard 2/3 and --shard 3/3 on three machines, then npm run merge',
    kind: 'usage',
  });
}

/** `2/5`. */
export function shardName({ index, total }: ShardId): string {
  return `${index}/${total}`;
}

/**
 * The rows of one part, in the plan's order. The same on every machine, as it follows from the plan alone: the costliest rows
 * are dealt out first, each to the part that has least to do so far. A part may get none.
 */
export function rowsOfShard(rows: readonly KernelRow[], cycles: number, { index, total }: ShardId): KernelRow[] {
  const mine = new Set(deal(rows, (row) => estimate(row, cycles), total)[index - 1]!.items);
  return rows.filter((row) => mine.has(row));
}

function checked(index: number, total: number): ShardId | null {
  return index >= 1 && index <= total && total <= MOST_SHARDS ? { index, total } : null;
}

function shardOfEnvironment(env: Readonly<Record<string, string | undefined>>): ShardId {
  const seen = ENGINES.filter(({ index }) => env[index]);
  const found = seen.map((engine) => ({ engine, id: idOf(engine, env) }));
  const [first] = found;
  if (first === undefined) throw noEngine(env);
  const others = found.filter(({ id }) => shardName(id) !== shardName(first.id));
  if (others.length === 0) return first.id;
  throw new UserError({
    what: '--shard auto: the variables of two engines say different things',
    why: found.map(({ engine, id }) => `${shown(engine, env)} (${engine.name}): ${shardName(id)}`).join('\n'),
    next: 'say which it is: --shard 2/5',
    kind: 'usage',
  });
}

function idOf(engine: Engine, env: Readonly<Record<string, string | undefined>>): ShardId {
  const whole = (text = '') => (/^\d{1,9}$/.test(text) ? Number(text) : NaN);
  const id = checked(whole(env[engine.index]) - engine.first + 1, whole(env[engine.total]));
  if (id) return id;
  const range = engine.first === 0 ? 'from 0 to one below the total' : 'from 1 to the total';
  throw new UserError({
    what: `--shard auto: ${shown(engine, env)} is no part of a matrix`,
    why: `${engine.name} sets ${engine.index}, ${range}; ${engine.total} is the total, from 1 to ${MOST_SHARDS}`,
    next:
      engine.total === TOTAL_VARIABLE && !env[TOTAL_VARIABLE]
        ? `set ${TOTAL_VARIABLE} in the pod to the job's completions`
        : 'say which part it is: --shard 2/5',
    kind: 'usage',
  });
}

function noEngine(env: Readonly<Record<string, string | undefined>>): UserError {
  const related = ENGINES.flatMap(({ total }) => (env[total] ? [`${total}=${env[total]}`] : []));
  return new UserError({
    what: `--shard auto: none of ${ENGINES.map(({ index }) => index).join(', ')} is set`,
    why: related.length > 0 ? `only ${related.join(' and ')}` : undefined,
    next: 'say which part it is: --shard 2/5 (GitHub Actions: --shard ${{ matrix.shard }}/${{ strategy.job-total }})',
    kind: 'usage',
  });
}

function shown({ index, total }: Engine, env: Readonly<Record<string, string | undefined>>): string {
  return [index, total].map((name) => `${name}=${env[name] ?? '(not set)'}`).join(' ');
}
