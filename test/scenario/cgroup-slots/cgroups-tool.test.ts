/**
 * The real bulk tool on a tree of plain directories. Those never run out, so a refusal is had from a name that is taken
 * and from a folder that is not there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const TOOL = fileURLToPath(new URL('../../../src/scenario/cgroup-slots/in-guest/cgroups.pl', import.meta.url));

let root: string;
let test: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-cgroups-'));
  test = join(root, 'test');
  mkdirSync(test);
});
afterEach(() => rmSync(root, { recursive: true }));

function tool(...args: (string | number)[]): { code: number | null; lines: string[]; stderr: string } {
  const { status, stdout, stderr } = spawnSync('perl', [TOOL, ...args.map(String)], { encoding: 'utf8' });
  return { code: status, lines: stdout.split('\n').slice(0, -1), stderr };
}

const numbers = () =>
  readdirSync(test)
    .map((name) => Number(name.slice('test-'.length)))
    .sort((a, b) => a - b);

describe('fill', () => {
  it('makes the directories from the first to the last number', () => {
    expect(tool('fill', test, 3, 6)).toEqual({ code: 0, lines: ['made 4'], stderr: '' });
    expect(numbers()).toEqual([3, 4, 5, 6]);
  });

  it('tells how far it is', () => {
    expect(tool('fill', test, 1, 1100).lines).toEqual(['progress 500', 'progress 1000', 'made 1100']);
  });

  it('stops at the first refusal, and tells its number and text', () => {
    mkdirSync(join(test, 'test-4'));
    expect(tool('fill', test, 2, 9).lines).toEqual(['errno 17 File exists', 'made 2']);
    expect(tool('fill', join(root, 'none'), 1, 9).lines).toEqual(['errno 2 No such file or directory', 'made 0']);
  });
});

describe('probe', () => {
  it('leaves nothing behind and counts what lives beside it', () => {
    tool('fill', test, 1, 5);
    // The root, test, its five, and the two of Docker.
    mkdirSync(join(root, 'docker', 'c1'), { recursive: true });
    expect(tool('probe', root, test, 8, 0, 0).lines).toEqual(['live 9', 'poll 8']);
    expect(numbers()).toEqual([1, 2, 3, 4, 5]);
  });

  it('tells the refusal that ended a poll', () => {
    mkdirSync(join(test, 'probe-3'));
    expect(tool('probe', root, test, 8, 2, 0).lines).toEqual(['live 3', 'poll 2', 'errno 17 File exists']);
  });

  it('polls again until it could make what is wanted', () => {
    // Refused while probe-2 is there; something else removes it after the first poll, as an id comes back late.
    mkdirSync(join(test, 'probe-2'));
    const script = `perl "$1" probe "$2" "$3" 4 3 60 | while read -r line; do echo "$line"; test "$line" != "poll 1" || rmdir "$3/probe-2"; done`;
    const { stdout } = spawnSync('sh', ['-c', script, 'sh', TOOL, root, test], { encoding: 'utf8' });
    const polls = [...stdout.matchAll(/^poll (\d+)$/gm)].map((match) => Number(match[1]));
    expect(polls[0]).toBe(1);
    expect(polls.at(-1)).toBe(4);
  });

  it('does not want what directories that have come since explain', () => {
    // There were two: one more lives now, so of the five wanted four are expected.
    mkdirSync(join(root, 'docker'));
    expect(tool('probe', root, test, 4, 5, 600, 2).lines).toEqual(['live 3', 'poll 4']);
  });

  it('gives up when the settle time is over', () => {
    const { lines } = tool('probe', root, join(root, 'none'), 4, 1, 1);
    expect(lines.filter((line) => line === 'poll 0').length).toBeGreaterThan(1);
    expect(lines[0]).toBe('live 2');
  });
});

describe('take', () => {
  it('removes the lowest numbers, by number and not by name', () => {
    tool('fill', test, 8, 12);
    expect(tool('take', test, 2).lines).toEqual(['removed 2']);
    expect(numbers()).toEqual([10, 11, 12]);
  });

  it('passes over one that cannot go, and tells when there were too few', () => {
    tool('fill', test, 1, 2);
    mkdirSync(join(test, 'test-1', 'busy'));
    expect(tool('take', test, 2).lines).toEqual(['removed 1']);
    expect(numbers()).toEqual([1]);
  });
});

describe('count and live', () => {
  it('counts test directories only', () => {
    tool('fill', test, 1, 3);
    mkdirSync(join(test, 'probe-1'));
    writeFileSync(join(test, 'cgroup.procs'), '');
    expect(tool('count', test).lines).toEqual(['directories 3']);
    expect(tool('count', join(root, 'none')).lines).toEqual(['directories 0']);
  });

  it('counts every directory of the hierarchy, its root included, and no file', () => {
    mkdirSync(join(root, 'docker', 'c1', 'nested'), { recursive: true });
    writeFileSync(join(root, 'tasks'), '');
    tool('fill', test, 1, 3);
    expect(tool('live', root).lines).toEqual(['live 8']);
  });

  it('fails on a hierarchy that is not there', () => {
    const { code, stderr } = tool('live', join(root, 'none'));
    expect(code).not.toBe(0);
    expect(stderr).toContain('No such file or directory');
  });
});

describe('clear', () => {
  it('removes the test directory and all below it, and tells how many went', () => {
    tool('fill', test, 1, 600);
    mkdirSync(join(test, 'probe-1'));
    mkdirSync(join(test, 'test-7', 'deep', 'deeper'), { recursive: true });
    const { lines } = tool('clear', test);
    expect(lines).toEqual(['progress 500', 'removed 604']);
    expect(existsSync(test)).toBe(false);
    expect(existsSync(root)).toBe(true);
  });

  it('has nothing to do where nothing is', () => {
    expect(tool('clear', join(root, 'none'))).toEqual({ code: 0, lines: ['removed 0'], stderr: '' });
  });

  it('says what it could not remove', () => {
    writeFileSync(join(test, 'a-file'), '');
    expect(tool('clear', test).lines).toEqual([`kept ${test}: Directory not empty`, 'removed 0']);
  });
});

it('refuses a command it does not have', () => {
  expect(tool('format').code).not.toBe(0);
  expect(tool().code).not.toBe(0);
});
