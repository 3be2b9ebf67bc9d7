import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consoleOverflow, FileConsole } from '../../src/console/file.js';

describe('FileConsole', () => {
  let folder: string;
  let log: FileConsole;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'km-console-'));
    log = new FileConsole(join(folder, 'console.log'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is empty before QEMU has made it', () => {
    expect([log.size(), log.since(0), log.tail(5)]).toEqual([0, '', []]);
  });

  it('gives what is new since a position, by bytes even where they are no text', () => {
    writeFileSync(log.file, Buffer.from([0x61, 0xff, 0xc3, 0x0a]));
    const from = log.size();
    appendFileSync(log.file, 'later\n');
    expect(from).toBe(4);
    expect(log.since(from)).toBe('later\n');
    expect(log.since(0)).toHaveLength(10);
    expect(log.since(1000)).toBe('');
  });

  it('is told to have overflowed, and not before', () => {
    writeFileSync(log.file, 'x'.repeat(2 ** 20));
    expect(consoleOverflow(log, 2 ** 20)).toBeNull();
    appendFileSync(log.file, 'x');
    expect(consoleOverflow(log, 2 ** 20)).toMatch(/^it wrote more than 1 MiB to its console/);
  });

  it('shows the last lines', () => {
    writeFileSync(log.file, Array.from({ length: 20_000 }, (_, n) => `[    1.0] line ${n}\r\n`).join(''));
    expect(log.tail(2)).toEqual(['[    1.0] line 19998', '[    1.0] line 19999']);
  });
});
