import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alive, identify, type ProcessId } from '../../../src/host/process.js';
import {
  listMachines,
  machineFolder,
  removeMachine,
  sweep,
  writeRecord,
  type MachineRecord,
} from '../../../src/provider/qemu/registry.js';

let root: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-registry-'));
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(root, 'cache'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

/** A process that stands in for QEMU or for its owner. */
async function sleeper(program = 'sleep'): Promise<ChildProcess & { pid: number }> {
  const child = spawn(program, ['600'], { stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  return child as ChildProcess & { pid: number };
}

function idOf(child: { pid: number }): ProcessId {
  const id = identify(child.pid);
  if (id === null) throw new Error(`process ${child.pid} is not there`);
  return id;
}

async function ended(child: ChildProcess): Promise<ProcessId> {
  const id = idOf(child as { pid: number });
  child.kill('SIGKILL');
  await once(child, 'exit');
  return id;
}

function record(id: string, more: Pick<MachineRecord, 'qemu' | 'owner'> & Partial<MachineRecord>): MachineRecord {
  const whole: MachineRecord = {
    id,
    run: '20260101-000000',
    name: 'm1',
    kept: false,
    sshPort: 2222,
    privateKey: '/k',
    console: '/c',
    ...more,
  };
  writeRecord(whole);
  writeFileSync(join(machineFolder(id), 'disk.qcow2'), 'overlay');
  return whole;
}

describe('identify', () => {
  it('knows a living process until it ends', async () => {
    const child = await sleeper();
    const id = idOf(child);
    expect(alive(id)).toBe(true);
    await ended(child);
    expect(alive(id)).toBe(false);
    expect(identify(child.pid)).toBeNull();
  });

  it('does not take another process with the same number for it', async () => {
    const id = idOf(await sleeper());
    expect(alive({ ...id, started: '1' })).toBe(false);
    expect(alive({ ...id, boot: 'another boot of this host' })).toBe(false);
  });

  it('reads the start time of a process whose name has blanks and brackets', async () => {
    const program = join(root, 'a ) b');
    copyFileSync('/bin/sleep', program);
    const child = await sleeper(program);
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    const fields = stat.replace(/^\d+ \(a \) b\) /, '').split(' ');
    expect(idOf(child).started).toBe(fields[22 - 3]);
  });

  it('takes a zombie for dead', async () => {
    // Perl never waits for a child by itself; a shell may.
    const program = '$| = 1; my $child = fork // die; exit 0 unless $child; print "$child\\n"; sleep 600';
    const child = spawn('perl', ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /));
    expect(identify(pid)).toBeNull();
  });
});

describe('listMachines', () => {
  it('finds every record and survives a broken one', async () => {
    const id = idOf(await sleeper());
    const written = record('a', { qemu: id, owner: id });
    writeFileSync(join(machineFolder('b'), 'machine.json'), '{"id":');
    expect(listMachines()).toEqual([written]);
  });

  it.each<[string, (whole: MachineRecord) => unknown]>([
    ['null', () => null],
    ['no owner', ({ owner: _, ...rest }) => rest],
    ['the id of another folder', (whole) => ({ ...whole, id: '../../runs' })],
    ['a group of processes for QEMU', (whole) => ({ ...whole, qemu: { ...whole.owner, pid: -1 } })],
    ['a text for kept', (whole) => ({ ...whole, kept: 'no' })],
  ])('takes no record that has %s, and removes and kills nothing for it', (_, spoil) => {
    const owner = { pid: 1, started: 'never', boot: 'another' };
    const whole = record('a', { qemu: null, owner });
    writeFileSync(join(machineFolder('a'), 'machine.json'), JSON.stringify(spoil(whole)));
    expect(listMachines()).toEqual([]);
    expect(sweep({ kept: true })).toEqual([]);
    expect(existsSync(join(machineFolder('a'), 'disk.qcow2'))).toBe(true);
  });

  it('forgets a machine that was removed, with its overlay', async () => {
    const id = idOf(await sleeper());
    record('a', { qemu: id, owner: id });
    removeMachine('a');
    expect(listMachines()).toEqual([]);
    expect(existsSync(join(root, 'cache', 'machines', 'a'))).toBe(false);
  });
});

describe('sweep', () => {
  it('ends a machine whose owner is gone, and removes its overlay', async () => {
    const qemu = await sleeper();
    const orphan = record('orphan', { qemu: idOf(qemu), owner: await ended(await sleeper()) });
    const exit = once(qemu, 'exit');
    expect(sweep({ kept: false })).toEqual([{ record: orphan, killed: true, error: null }]);
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(existsSync(join(root, 'cache', 'machines', 'orphan'))).toBe(false);
  });

  it('removes what a dead machine left, and kills nobody who has its number now', async () => {
    const innocent = await sleeper();
    record('gone', { qemu: { ...idOf(innocent), started: '1' }, owner: await ended(await sleeper()) });
    expect(sweep({ kept: false }).map((each) => each.killed)).toEqual([false]);
    expect(alive(idOf(innocent))).toBe(true);
    expect(listMachines()).toEqual([]);
  });

  it('never touches a run that is under way', async () => {
    const qemu = await sleeper();
    record('busy', { qemu: idOf(qemu), owner: idOf({ pid: process.pid }) });
    expect(sweep({ kept: false })).toEqual([]);
    expect(sweep({ kept: true })).toEqual([]);
    expect(alive(idOf(qemu))).toBe(true);
    expect(listMachines()).toHaveLength(1);
  });

  it('spares a machine that was kept until it is asked for', async () => {
    const qemu = await sleeper();
    record('kept', { qemu: idOf(qemu), owner: await ended(await sleeper()), kept: true });
    expect(sweep({ kept: false })).toEqual([]);
    expect(alive(idOf(qemu))).toBe(true);
    const exit = once(qemu, 'exit');
    expect(sweep({ kept: true }).map((each) => each.killed)).toEqual([true]);
    await exit;
    expect(listMachines()).toEqual([]);
  });

  it('removes a kept machine that has ended by itself', async () => {
    record('kept', { qemu: await ended(await sleeper()), owner: await ended(await sleeper()), kept: true });
    expect(sweep({ kept: false }).map((each) => each.killed)).toEqual([false]);
    expect(listMachines()).toEqual([]);
  });
});
