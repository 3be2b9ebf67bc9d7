import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findProgram, installCommands, missingNeeds } from '../../src/host/setup.js';
import { HOST_NEEDS, hostNeeds } from '../../src/provider/qemu/needs.js';

describe('installCommands', () => {
  it('installs without sudo as root, never asking and without recommended packages', () => {
    const [update, install] = installCommands(['qemu-utils', 'cpio'], 0);
    expect(update).toEqual(['apt-get', 'update']);
    expect(install).not.toContain('sudo');
    expect(install).toEqual(
      expect.arrayContaining(['DEBIAN_FRONTEND=noninteractive', '-y', '--no-install-recommends', 'qemu-utils', 'cpio']),
    );
  });

  it('takes sudo as somebody else, for both', () => {
    for (const command of installCommands(['cpio'], 1000)) expect(command[0]).toBe('sudo');
  });
});

describe('hostNeeds', () => {
  it('asks more of a user who is not root', () => {
    expect(hostNeeds(0)).toEqual(HOST_NEEDS);
    expect(hostNeeds(1000).map((need) => need.package)).toEqual(expect.arrayContaining(['fakeroot', 'uidmap']));
  });
});

describe('findProgram', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'km-setup-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, mode: number) => {
    writeFileSync(join(folder, name), '#!/bin/sh\n');
    chmodSync(join(folder, name), mode);
    return join(folder, name);
  };

  it('finds a program on PATH', () => {
    vi.stubEnv('PATH', `/nowhere${delimiter}${folder}`);
    const path = file('a-tool', 0o755);
    expect(findProgram('a-tool')).toBe(path);
  });

  it('does not take a file that cannot be run for a program', () => {
    vi.stubEnv('PATH', folder);
    file('a-text', 0o644);
    expect(findProgram('a-text')).toBeNull();
  });

  it('looks into the sbin folders, which an ordinary PATH lacks', () => {
    vi.stubEnv('PATH', '/nowhere');
    // Part of every Debian (libc-bin) and nowhere but in sbin.
    expect(findProgram('ldconfig')).toMatch(/\/sbin\/ldconfig$/);
  });

  it('takes an absolute path for a file that must be there, whether or not it can be run', () => {
    const firmware = file('bios.bin', 0o644);
    expect(findProgram(firmware)).toBe(firmware);
    expect(findProgram(`${firmware}.missing`)).toBeNull();
  });

  it('tells the missing needs from the met ones', () => {
    const met = { package: 'a', provides: file('there', 0o755), why: 'test' };
    const unmet = { package: 'b', provides: join(folder, 'not-there'), why: 'test' };
    expect(missingNeeds([met, unmet])).toEqual([unmet]);
  });
});
