import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTool } from '../../src/host/tool.js';
import { UserError } from '../../src/host/user-error.js';

const options = { timeout: 30, purpose: 'testing' };
const script = (text: string) => ['-c', text];

async function failure(run: Promise<unknown>): Promise<UserError> {
  const error: unknown = await run.then(
    () => expect.unreachable('it should have failed'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe('runTool', () => {
  it('returns what the program said, whole', async () => {
    const result = await runTool('sh', script('printf "out\\n\\n"; printf err >&2'), options);
    expect(result).toMatchObject({ stdout: 'out\n\n', stderr: 'err' });
  });

  it('passes arguments without a shell', async () => {
    const { stdout } = await runTool('printf', ['%s', '$(id) `id`; "\''], options);
    expect(stdout).toBe('$(id) `id`; "\'');
  });

  it('gives the program its input, its folder and its environment, in the C locale', async () => {
    const { stdout } = await runTool('sh', script('cat; pwd; echo "$LC_ALL $MINE"'), {
      ...options,
      input: 'in\n',
      cwd: '/usr',
      env: { MINE: 'mine' },
    });
    expect(stdout).toBe('in\n/usr\nC mine\n');
  });

  it('writes what a program says to a file byte for byte, and tells why it failed all the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'km-tool-'));
    try {
      const stdoutFile = join(folder, 'out');
      const { stdout } = await runTool('sh', script('printf "\\377\\000\\n"'), { ...options, stdoutFile });
      expect(stdout).toBe('');
      expect([...readFileSync(stdoutFile)]).toEqual([0xff, 0, 0x0a]);
      const { parts } = await failure(runTool('sh', script('echo why >&2; exit 4'), { ...options, stdoutFile }));
      expect(parts.why).toBe('why');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('tells each line as it comes', async () => {
    const lines: string[] = [];
    await runTool('sh', script('echo one; echo two >&2'), { ...options, onLine: (line) => lines.push(line) });
    expect(lines.sort()).toEqual(['one', 'two']);
  });

  it('says which program is missing, what for, and what to do', async () => {
    const { parts } = await failure(runTool('km-no-such-program', [], options));
    expect(parts.what).toBe('km-no-such-program is not installed');
    expect(parts.where).toBe('testing');
    expect(parts.next).toContain('npm run setup');
  });

  it('tells exit code, command line and last words of a program that failed', async () => {
    const { parts } = await failure(runTool('sh', script('echo working; echo broken >&2; exit 3'), options));
    expect(parts.what).toBe('sh ended with exit code 3');
    expect(parts.where).toContain('testing: sh -c');
    expect(parts.why).toBe('working\nbroken');
    expect(parts.next).toBeUndefined();
  });

  it('ends a program that takes too long', async () => {
    const { parts } = await failure(runTool('sh', script('echo begun; exec sleep 600'), { ...options, timeout: 0.5 }));
    expect(parts.what).toBe('sh did not end within 0.5 s');
    expect(parts.why).toBe('begun');
  });

  it('tells the signal that ended a program', async () => {
    const { parts } = await failure(runTool('sh', script('kill -KILL $$'), options));
    expect(parts.what).toBe('sh was ended by SIGKILL');
  });

  it.each([
    'mke2fs: No space left on device while writing',
    'Could not allocate block in ext2 filesystem',
    'write failed: ENOSPC',
  ])('says that the disk is full: %s', async (words) => {
    const { parts } = await failure(runTool('sh', ['-c', 'echo "$1" >&2; exit 1', 'sh', words], options));
    expect(parts.next).toContain('KERNEL_MATRIX_CACHE');
  });

  it('throws the reason of the signal, not a failure of the program', async () => {
    const cancel = new AbortController();
    const run = runTool('sh', script('echo begun; exec sleep 600'), {
      ...options,
      signal: cancel.signal,
      onLine: () => cancel.abort(new Error('interrupted')),
    });
    await expect(run).rejects.toThrow('interrupted');
    await expect(runTool('true', [], { ...options, signal: cancel.signal })).rejects.toThrow('interrupted');
  });
});
