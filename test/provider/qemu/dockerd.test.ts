/** The script that starts Docker in the guest, run here with programs that only tell how they were called. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileText } from '../../../src/provider/qemu/image/files.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-dockerd-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function program(name: string, text: string): void {
  const file = join(root, 'bin', name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

/** dockerd's arguments in a guest that runs this kernel. */
function started(release: string, { driver = 'overlay2', overlay = true, bridge = true } = {}): string[] {
  mkdirSync(join(root, 'bin'));
  for (const folder of ['etc/kernel-matrix', 'proc', 'var/log', 'var/run'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'etc/kernel-matrix/storage-driver'), `${driver}\n`);
  writeFileSync(join(root, 'proc/filesystems'), `nodev\tproc\n${overlay ? 'nodev\toverlay\n' : ''}\text4\n`);
  program('modprobe', 'exit 0');
  program('ip', bridge ? 'exit 0' : 'exit 2');
  program('uname', `echo ${release}`);
  program('dockerd', 'printf "%s\\n" "$@"');
  const script = fileText('dockerd')
    .replace(/^export PATH=.*$/m, `export PATH=${join(root, 'bin')}:/usr/bin:/bin`)
    .replaceAll(/(?<=[ >])\/(?=(?:etc|proc|var)\/)/g, `${root}/`);
  const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return readFileSync(join(root, 'var/log/docker.log'), 'utf8').trim().split('\n');
}

const pairs = (args: string[]) => args.join(' ').match(/--[^ ]+(?: [^-][^ ]*)?/g);
const COMMON = ['--exec-opt native.cgroupdriver=cgroupfs', '--storage-driver overlay2', '--iptables=false'];
const UNCHECKED = '--storage-opt overlay2.override_kernel_check=true';

describe('dockerd in the guest', () => {
  it.each(['3.10.0-693.21.1.el7.x86_64', '3.18.1'])('may use overlay2 on %s, which 17.06 has doubts of', (release) => {
    expect(pairs(started(release))).toEqual([...COMMON, UNCHECKED]);
  });

  it.each(['4.0.0', '4.4.159-1.el7.elrepo.x86_64', '4.18.12', '6.12.1', '30.1.0'])(
    'is not given an option on %s that newer Docker does not know',
    (release) => {
      expect(pairs(started(release))).toEqual(COMMON);
    },
  );

  it('gets no option of overlay2 with another driver', () => {
    expect(pairs(started('3.10.0', { driver: 'vfs' }))).not.toContain(UNCHECKED);
  });

  it('falls back to vfs and no bridge on a kernel that lacks overlay and bridge', () => {
    expect(pairs(started('3.10.0', { overlay: false, bridge: false }))).toEqual([
      COMMON[0],
      '--storage-driver vfs',
      COMMON[2],
      '--bridge none',
    ]);
  });
});
