import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownRun } from '../../src/cli/run-owner.js';
import { identify } from '../../src/host/process.js';
import { UserError } from '../../src/host/user-error.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-owner-'));
  file = join(folder, 'owner.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const owned = (process: unknown, host = hostname()) => writeFileSync(file, JSON.stringify({ process, host }));
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
    owned({ ...id, started: '1' });
    ownRun(folder)();
    owned(id);
    expect(refusal().parts.what).toContain(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    ownRun(folder)();
  });

  it('is left alone where its owner is on another host, of which nothing is known here', () => {
    owned({ pid: 1, started: '1', boot: 'x' }, 'elsewhere');
    expect(refusal().parts.next).toMatch(/if it has ended on elsewhere, remove that file/);
    expect(existsSync(file)).toBe(true);
  });

  it('is taken over where an owner was killed before it had written who it is', () => {
    writeFileSync(file, '');
    ownRun(folder)();
    writeFileSync(file, '{"process":7}');
    ownRun(folder)();
  });
});
