import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/host/user-error.js';
import { parseShard, rowsOfShard } from '../../src/run/shard.js';
import { kernelRow } from '../fixtures/build.js';

function refusal(text: string, env: Record<string, string> = {}): UserError {
  try {
    parseShard(text, env);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('--shard', () => {
  it('is a part and their number', () => {
    expect(parseShard('2/5', {})).toEqual({ index: 2, total: 5 });
    expect(parseShard('1/1', {})).toEqual({ index: 1, total: 1 });
  });

  it.each(['0/5', '6/5', '2', '2/', '/5', '2/5/1', '-1/5', '2/0', '1.5/2', 'two/five', '', '1/1001'])(
    'refuses %j and quotes it',
    (text) => {
      expect(refusal(text).parts.what).toContain(JSON.stringify(text));
      expect(refusal(text).parts.kind).toBe('usage');
    },
  );

  it.each([
    ['GitLab, which counts from 1', { CI_NODE_INDEX: '2', CI_NODE_TOTAL: '3' }],
    ['CircleCI, which counts from 0', { CIRCLE_NODE_INDEX: '1', CIRCLE_NODE_TOTAL: '3' }],
    ['Buildkite, which counts from 0', { BUILDKITE_PARALLEL_JOB: '1', BUILDKITE_PARALLEL_JOB_COUNT: '3' }],
    ['an indexed job of Kubernetes', { JOB_COMPLETION_INDEX: '1', KERNEL_MATRIX_SHARDS: '3' }],
    [
      'two engines that agree',
      { CI_NODE_INDEX: '2', CI_NODE_TOTAL: '3', JOB_COMPLETION_INDEX: '1', KERNEL_MATRIX_SHARDS: '3' },
    ],
  ])('auto takes it from %s', (_, env) => {
    expect(parseShard('auto', env)).toEqual({ index: 2, total: 3 });
  });

  it('auto takes the first and the last of those that count from 0', () => {
    const of = (index: string) => parseShard('auto', { CIRCLE_NODE_INDEX: index, CIRCLE_NODE_TOTAL: '3' }).index;
    expect([of('0'), of('2')]).toEqual([1, 3]);
  });

  it('auto says that no engine tells, and what GitLab sets without parallel:', () => {
    expect(refusal('auto').parts.what).toContain('CI_NODE_INDEX');
    expect(refusal('auto', { CI_NODE_TOTAL: '1' }).parts.why).toContain('CI_NODE_TOTAL=1');
  });

  it('auto says which values make no sense', () => {
    expect(refusal('auto', { CI_NODE_INDEX: '4', CI_NODE_TOTAL: '3' }).parts.what).toContain(
      'CI_NODE_INDEX=4 CI_NODE_TOTAL=3',
    );
    expect(refusal('auto', { CI_NODE_INDEX: '0', CI_NODE_TOTAL: '3' }).parts.what).toContain('CI_NODE_INDEX=0');
    expect(refusal('auto', { CIRCLE_NODE_INDEX: '3', CIRCLE_NODE_TOTAL: '3' }).parts.why).toContain('from 0');
  });

  it('auto asks for our own variable where Kubernetes tells no total', () => {
    const { what, next } = refusal('auto', { JOB_COMPLETION_INDEX: '0' }).parts;
    expect(what).toContain('KERNEL_MATRIX_SHARDS=(not set)');
    expect(next).toContain('completions');
  });

  it('auto refuses two engines that disagree', () => {
    const { why } = refusal('auto', {
      CI_NODE_INDEX: '1',
      CI_NODE_TOTAL: '3',
      JOB_COMPLETION_INDEX: '1',
      KERNEL_MATRIX_SHARDS: '3',
    }).parts;
    expect(why).toMatch(/GitLab\): 1\/3.*\n.*Kubernetes\): 2\/3/);
  });
});

describe('the rows of a shard', () => {
  const ROWS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, i) =>
    kernelRow(name, 'clean', i % 3 === 2 ? 'v2' : 'v1'),
  );
  const names = (total: number) =>
    Array.from({ length: total }, (_, i) => rowsOfShard(ROWS, 3, { index: i + 1, total }).map((row) => row.name));

  it.each([1, 2, 3, 5, 7, 9])('are each in exactly one of %i shards, in the plan’s order', (total) => {
    const shards = names(total);
    expect(shards.flat().sort()).toEqual(ROWS.map((row) => row.name));
    for (const shard of shards) expect(shard).toEqual([...shard].sort());
  });

  it('are balanced by what they cost: a v2 row weighs more than one v1 row and less than two', () => {
    expect(names(2)).toEqual([
      ['a', 'c', 'd', 'g'],
      ['b', 'e', 'f'],
    ]);
    const three = [kernelRow('5.10'), kernelRow('6.1'), kernelRow('6.12', 'clean', 'v2')];
    const split = [1, 2].map((index) => rowsOfShard(three, 3, { index, total: 2 }).map((row) => row.name));
    expect(split).toEqual([['6.12'], ['5.10', '6.1']]);
  });

  it('may be none', () => {
    expect(names(9).slice(7)).toEqual([[], []]);
  });
});
