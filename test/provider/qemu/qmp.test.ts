import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { Qmp, whenRunning, writeState } from '../../../src/provider/qemu/qmp.js';

const GREETING = '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}}, "capabilities": []}}\r\n';

describe('Qmp', () => {
  let fromQemu: PassThrough;
  let toQemu: PassThrough;
  let events: string[];
  let qmp: Qmp;

  beforeEach(() => {
    fromQemu = new PassThrough();
    toQemu = new PassThrough();
    events = [];
    qmp = new Qmp(fromQemu, toQemu, (name) => events.push(name));
  });

  /** The commands QEMU has been sent so far and not yet read. */
  const sent = (): unknown[] =>
    String((toQemu.read() as Buffer | null) ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);

  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('says nothing before the greeting, then leaves negotiation mode', async () => {
    const open = qmp.open();
    await turn();
    expect(sent()).toEqual([]);
    fromQemu.write(GREETING);
    await turn();
    expect(sent()).toEqual([{ execute: 'qmp_capabilities' }]);
    fromQemu.write('{"return": {}}\r\n');
    await open;
  });

  it('passes over what is no reply', async () => {
    const first = qmp.execute('query-status');
    for (const line of ['null', '5', '"text"', '[]', '{', '\0', '{"event": null}', '{"event": {}}'])
      fromQemu.write(`${line}\n`);
    fromQemu.write('{"return": 1}\n');
    expect(await first).toBe(1);
    expect(events).toEqual([]);
  });

  it('gives each command its own reply, in order, however the bytes come', async () => {
    const first = qmp.execute('query-status');
    const second = qmp.execute('human-monitor-command', { 'command-line': 'info version' });
    expect(sent()).toEqual([
      { execute: 'query-status' },
      { execute: 'human-monitor-command', arguments: { 'command-line': 'info version' } },
    ]);
    fromQemu.write('{"return": {"status": "run');
    fromQemu.write('ning"}}\r\n{"return": "7.2"}\r\n');
    expect(await first).toEqual({ status: 'running' });
    expect(await second).toBe('7.2');
  });

  it('throws the description of an error, and goes on', async () => {
    const refused = qmp.execute('no-such-command');
    const next = qmp.execute('query-status');
    fromQemu.write(
      '{"error": {"class": "CommandNotFound", "desc": "The command no-such-command has not been found"}}\n',
    );
    fromQemu.write('{"return": 1}\n');
    await expect(refused).rejects.toThrow('The command no-such-command has not been found');
    expect(await next).toBe(1);
  });

  it('tells events, which are no replies', async () => {
    const reply = qmp.execute('system_reset');
    fromQemu.write('{"event": "RESET", "data": {}, "timestamp": {"seconds": 1, "microseconds": 2}}\n{"return": {}}\n');
    expect(await reply).toEqual({});
    expect(events).toEqual(['RESET']);
  });

  it('passes over what is no JSON', async () => {
    const reply = qmp.execute('query-status');
    fromQemu.write('a stray line of a library\n\n{"return": 1}\n');
    expect(await reply).toBe(1);
  });

  it('fails what is under way and all that follows once QEMU has gone', async () => {
    const pending = qmp.execute('query-status');
    fromQemu.destroy();
    await expect(pending).rejects.toThrow('QEMU closed its monitor');
    await expect(qmp.execute('quit')).rejects.toThrow('QEMU closed its monitor');
  });

  it('does not wait for a greeting that will never come', async () => {
    const open = qmp.open();
    fromQemu.destroy();
    await expect(open).rejects.toThrow('QEMU closed its monitor');
  });

  it('fails when it can no longer be written to', async () => {
    const pending = qmp.execute('query-status');
    toQemu.destroy(new Error('EPIPE'));
    await expect(pending).rejects.toThrow('EPIPE');
  });
});

/** A monitor that answers each command by what the test says. */
function monitor(answer: (command: string, args: unknown) => unknown): { qmp: Qmp; asked: string[] } {
  const [fromQemu, toQemu] = [new PassThrough(), new PassThrough()];
  const asked: string[] = [];
  toQemu.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split('\n')) {
      const { execute, arguments: args } = JSON.parse(line) as { execute: string; arguments?: unknown };
      asked.push(execute);
      fromQemu.write(`${JSON.stringify({ return: answer(execute, args) })}\n`);
    }
  });
  return { qmp: new Qmp(fromQemu, toQemu), asked };
}

describe('a machine that goes on from a saved state', () => {
  it('is waited for while the state is read, and let go on, as it was stopped when it was saved', async () => {
    const states = ['inmigrate', 'inmigrate', 'paused', 'running'];
    const { qmp, asked } = monitor((command) => (command === 'query-status' ? { status: states.shift() } : {}));
    await whenRunning(qmp);
    expect(asked.filter((command) => command === 'cont')).toHaveLength(1);
    expect(states).toEqual([]);
  });
});

describe('the state of a machine', () => {
  it('is written into a file whatever its name, and waited for', async () => {
    const states = ['setup', 'active', 'completed'];
    let uri: unknown;
    const { qmp } = monitor((command, args) => {
      if (command === 'migrate') uri = (args as { uri: string }).uri;
      return command === 'query-migrate' ? { status: states.shift() } : {};
    });
    await writeState(qmp, "/tmp/it's here");
    expect(uri).toBe("exec:cat > '/tmp/it'\\''s here'");
    expect(states).toEqual([]);
  });

  it("is not there where QEMU fails, and the error has QEMU's reason", async () => {
    const { qmp } = monitor(() => ({ status: 'failed', 'error-desc': 'No space left on device' }));
    await expect(writeState(qmp, '/x')).rejects.toThrow('No space left on device');
  });
});
