import { describe, expect, it } from 'vitest';
import { isCgroupRefusal } from '../../src/sequence/refusal.js';

const ID = 'ed1a55b3208d79f4ca3bbb02cd38304c2c0ae35d3711c9c98d6382bee5c98f5d';
const OLD = (path: string, why: string): string =>
  `docker: Error response from daemon: oci runtime error: container_linux.go:262: starting container process caused "process_linux.go:261: applying cgroup configuration for process caused \\"mkdir ${path}: ${why}\\"".`;
const NEW = (path: string, why: string): string =>
  `docker: Error response from daemon: OCI runtime create failed: container_linux.go:377: starting container process caused: process_linux.go:340: applying cgroup configuration for process caused: mkdir ${path}: ${why}: unknown.`;

describe('isCgroupRefusal', () => {
  it.each([
    ['3.10, no parent', OLD('/sys/fs/cgroup/memory/docker', 'no space left on device'), 'ENOSPC'],
    ['3.10, container', OLD(`/sys/fs/cgroup/memory/docker/${ID}`, 'no space left on device'), 'ENOSPC'],
    ['4.4', OLD(`/sys/fs/cgroup/memory/docker/${ID}`, 'cannot allocate memory'), 'ENOMEM'],
    ['5.10', NEW(`/sys/fs/cgroup/memory/docker/${ID}`, 'no space left on device'), 'ENOSPC'],
    ['6.1, v2, no parent', NEW('/sys/fs/cgroup/docker', 'no space left on device'), 'ENOSPC'],
    ['6.1, v2', NEW(`/sys/fs/cgroup/docker/${ID}`, 'no space left on device'), 'ENOSPC'],
    ['6.12, v2', NEW(`/sys/fs/cgroup/docker/${ID}`, 'device or resource busy'), 'EBUSY'],
    ['systemd driver', `unable to start unit "docker-${ID}.scope" (properties [...]): got 'failed'`, null],
    ['systemd driver, quoted again', `caused "unable to start unit \\"docker-${ID}.scope\\""`, null],
  ])('counts %s', (_, text, errno) => {
    expect(isCgroupRefusal(text)).toEqual({ refused: true, errno });
  });

  it.each([
    ['full disk', NEW('/var/lib/docker/overlay2/abc', 'no space left on device')],
    ['full disk below /sys-like name', NEW('/var/lib/docker/sys/fs/cgroup/memory/docker', 'no space left on device')],
    ['another hierarchy', NEW(`/sys/fs/cgroup/cpu/docker/${ID}`, 'no space left on device')],
    ['another hierarchy of that name', NEW('/sys/fs/cgroup/docker2', 'no space left on device')],
    ['another hierarchy, busy', NEW(`/sys/fs/cgroup/pids/docker/${ID}`, 'device or resource busy')],
    ['a name that begins with memory', NEW(`/sys/fs/cgroup/memory2/docker/${ID}`, 'no space left on device')],
    ['another errno', NEW(`/sys/fs/cgroup/memory/docker/${ID}`, 'permission denied')],
    ['missing image', "Unable to find image 'nginx:latest' locally"],
    [
      'dead daemon',
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    ],
    [
      'systemd not there',
      `unable to start unit "docker-${ID}.scope": dial unix /run/systemd/private: connect: connection refused`,
    ],
    ['another unit', 'unable to start unit "nginx.service"'],
    ['nothing', ''],
  ])('does not count %s', (_, text) => {
    expect(isCgroupRefusal(text)).toEqual({ refused: false });
  });
});
