import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEFT_BEHIND, ownMark, type OwnerMark } from '../../src/cli/owner-mark.js';
import { ownerOf, ownRun } from '../../src/cli/run-owner.js';
import { identify } from '../../src/host/process.js';
import { UserError } from '../../src/host/user-error.js';

const MACHINE = readFileSync('/etc/machine-id', 'utf8').trim();
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-owner-'));
  file = join(folder, 'owner.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const ids = ['0'.repeat(36), '1'.repeat(36)];
const owned = (mark: Partial<OwnerMark>, name = 'owner.json') =>
  writeFileSync(join(folder, name), JSON.stringify({ ...ownMark(), machine: MACHINE, ...mark }));
const refusal = () => {
  try {
    ownRun(folder);
  } catch (error) {
    return error as UserError;
  }
  throw new Error('it was not refused');
};

describe('a run', () => {
  it('has one owner at a time, and is free once that has given it back', () => {
    const disown = ownRun(folder);
    expect(refusal()).toBeInstanceOf(UserError);
    expect(refusal().parts.what).toContain(`process ${process.pid} on ${hostname()}`);
    disown();
    expect(existsSync(file)).toBe(false);
    ownRun(folder)();
  });

  it('is taken over from an owner that was killed, also where another process has its number now', async () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const id = identify(child.pid!)!;
    owned({ process: { ...id, started: '1' } });
    ownRun(folder)();
    owned({ process: id });
    expect(refusal().parts.what).toContain(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    ownRun(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from one after another that was killed', () => {
    owned({ process: { ...identify(process.pid)!, started: '1' }, id: ids[0]! });
    owned({ process: { ...identify(process.pid)!, started: '2' }, id: ids[1]! }, `owner.${ids[0]}.json`);
    const disown = ownRun(folder);
    expect(ownerOf(folder)).toContain(`process ${process.pid}`);
    expect(refusal()).toBeInstanceOf(UserError);
    disown();
    expect(readdirSync(folder)).toEqual([]);
  });

  const elsewhere = { process: { pid: 1, started: '1', boot: 'x' } };
  it.each([
    ['on another host', { ...elsewhere, host: 'elsewhere', machine: 'other' }],
    ['in another container of this host', { process: { ...identify(process.pid)!, pid: 1 }, namespace: 'pid:[1]' }],
    ['on a host that only has the same name', { ...elsewhere, machine: 'other' }],
    ['on a host of which nothing is told', { ...elsewhere, machine: '' }],
  ])('is left alone where its owner is %s and has renewed its mark, and taken over once that is old', (_, mark) => {
    owned(mark);
    expect(refusal().parts.next).toMatch(/ten minutes after its last renewal/);
    expect(ownerOf(folder)).not.toBeNull();
    const old = new Date(Date.now() - LEFT_BEHIND - 1000);
    utimesSync(file, old, old);
    expect(ownerOf(folder)).toBeNull();
    ownRun(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over at once where its host has booted since', () => {
    owned(elsewhere);
    ownRun(folder)();
  });

  it('is taken over where nothing of use is in the mark', () => {
    for (const text of [
      '',
      '{"process":7}',
      'null',
      '[]',
      '{"process":{"pid":1,"started":"1","boot":"x"},"host":"h"}',
    ]) {
      writeFileSync(file, text);
      ownRun(folder)();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('is refused, and nothing waited for, where the mark is no regular file', () => {
    execFileSync('mkfifo', [file]);
    expect(refusal().parts.why).toBe('it is a FIFO');
    rmSync(file);
    symlinkSync('/etc/hostname', file);
    expect(refusal().parts.why).toBe('it is a symbolic link');
  });

  it('is taken over from a dead owner by exactly one of several', async () => {
    const worker = join(import.meta.dirname, 'fixtures/own-run.ts');
    const program = spawn(process.execPath, ['--import', 'tsx', worker, folder, '6', '40'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    program.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(program, 'close');
    const rounds = JSON.parse(said) as number[];
    expect(rounds).toHaveLength(40);
    expect(
      rounds.every((owners) => owners === 1),
      said,
    ).toBe(true);
  });
});
