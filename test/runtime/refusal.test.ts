import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCgroupRefusal } from '../../src/runtime/refusal.js';

const ID = 'ed1a55b3208d79f4ca3bbb02cd38304c2c0ae35d3711c9c98d6382bee5c98f5d';
const SCOPE = `docker-${ID}.scope`;

/** What Docker, containerd and runc write around the words of whatever failed, by version. */
const WRAPS: Record<string, (inner: string) => string> = {
  '17.06': (inner) =>
    `docker: Error response from daemon: oci runtime error: container_linux.go:262: starting container process caused "process_linux.go:261: applying cgroup configuration for process caused \\"${inner}\\"".`,
  '18.09': (inner) =>
    `docker: Error response from daemon: OCI runtime create failed: container_linux.go:345: starting container process caused "process_linux.go:275: applying cgroup configuration for process caused \\"${inner.replaceAll('"', '\\\\\\"')}\\"": unknown.`,
  '20.10': (inner) =>
    `docker: Error response from daemon: OCI runtime create failed: container_linux.go:377: starting container process caused: process_linux.go:340: applying cgroup configuration for process caused: ${inner}: unknown.`,
  'runc 1.1 to 1.3': (inner) =>
    `docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: unable to apply cgroup configuration: ${inner}: unknown.`,
};
const wrap = fc.constantFrom(...Object.values(WRAPS));
const NEW = WRAPS['runc 1.1 to 1.3']!;
const ERRNO = {
  'no space left on device': 'ENOSPC',
  'cannot allocate memory': 'ENOMEM',
  'device or resource busy': 'EBUSY',
} as const;
const MEMORY = [
  '/sys/fs/cgroup/memory/docker',
  `/sys/fs/cgroup/memory/docker/${ID}`,
  `/sys/fs/cgroup/memory/system.slice/${SCOPE}`,
  `/sys/fs/cgroup/memory/any/parent/${ID}`,
  `/sys/fs/cgroup/cpu,memory/docker/${ID}`,
  `/cgroup/memory/docker/${ID}`,
  '/sys/fs/cgroup/docker',
  `/sys/fs/cgroup/docker/${ID}`,
  `/sys/fs/cgroup/system.slice/${SCOPE}`,
  `/sys/fs/cgroup/user.slice/user-1000.slice/${SCOPE}`,
  `/sys/fs/cgroup/batch/jobs/${ID}`,
];
const OTHER = [
  '/var/lib/docker/overlay2/abc',
  '/var/lib/docker/sys/fs/cgroup/memory/docker',
  '/sys/fs/cgroup/docker2',
  '/sys/fs/cgroup/batch',
  `/cgroup/cpu/docker/${ID}`,
  `/cgroup/docker/${ID}`,
  ...['cpu', 'cpuset', 'pids', 'cpu,cpuacct', 'memory2', 'unified', 'systemd', 'net_cls,net_prio', 'misc'].map(
    (name) => `/sys/fs/cgroup/${name}/docker/${ID}`,
  ),
];
const PREFIX = `unable to start unit "${SCOPE}" (properties [{Name:Description Value:"libcontainer container ${ID}"} {Name:Slice Value:"system.slice"} {Name:Delegate Value:true}]): `;
/** What systemd, D-Bus and polkit say behind that prefix when something else is wrong. */
const SYSTEMD = [
  'The name org.freedesktop.systemd1 was not provided by any .service files',
  'Launch helper exited with unknown return code 1',
  'Cannot set property IOAccounting, or unknown property.',
  'Interactive authentication required.',
  'Access denied',
  'dial unix /run/systemd/private: connect: connection refused',
  'dbus: connection closed by user',
  'EOF',
  'Unit docker.slice not found.',
  'Unit docker.slice is masked.',
  'Transaction is destructive.',
  `Process 4711 does not exist.`,
  `Unit ${SCOPE} was already loaded or has a fragment file.`,
  `Timeout waiting for systemd to create ${SCOPE}`,
  'Message recipient disconnected from message bus without replying',
  ...['timeout', 'canceled', 'dependency', 'skipped'].map(
    (result) => `error creating systemd unit \`${SCOPE}\`: got \`${result}\``,
  ),
  'error creating systemd unit `docker.slice`: got `failed`',
];

describe('isCgroupRefusal', () => {
  it("counts a mkdir that failed in the memory cgroup's tree, by runc or crun, and gives its errno", () => {
    const given = fc.record({
      wrap,
      path: fc.constantFrom(...MEMORY),
      words: fc.constantFrom(...(Object.keys(ERRNO) as (keyof typeof ERRNO)[])),
      form: fc.constantFrom(
        (path: string, words: string) => `mkdir ${path}: ${words}`,
        (path: string, words: string) =>
          `creating cgroup directory \`${path}\`: ${words[0]!.toUpperCase()}${words.slice(1)}`,
        (path: string, words: string) => `create cgroup '${path}': ${words}`,
      ),
    });
    fc.assert(
      fc.property(given, ({ wrap, path, words, form }) => {
        expect(isCgroupRefusal(wrap(form(path, words)))).toEqual({ refused: true, errno: ERRNO[words] });
      }),
      { numRuns: 400 },
    );
  });

  it.each(Object.entries(WRAPS))('counts a unit that systemd could not make (%s)', (_, wrap) => {
    for (const prefix of [PREFIX, '']) {
      const text = wrap(`${prefix}error creating systemd unit \`${SCOPE}\`: got \`failed\``);
      expect(isCgroupRefusal(text)).toEqual({ refused: true, errno: null });
    }
  });

  it('does not count a mkdir elsewhere, nor one that failed for another reason', () => {
    for (const path of OTHER) {
      for (const words of Object.keys(ERRNO))
        expect([path, isCgroupRefusal(NEW(`mkdir ${path}: ${words}`))]).toEqual([path, { refused: false }]);
    }
    for (const words of [
      'permission denied',
      'read-only file system',
      'file exists',
      'resource temporarily unavailable',
    ]) {
      for (const path of MEMORY) expect(isCgroupRefusal(NEW(`mkdir ${path}: ${words}`))).toEqual({ refused: false });
    }
  });

  it('does not count any other error of systemd, D-Bus or polkit', () => {
    const words = fc.oneof(
      fc.constantFrom(...SYSTEMD),
      fc.string({
        unit: fc.constantFrom('failed', 'got', '`', ' ', 'unit', ': ', 'error', 'docker', '"'),
        maxLength: 12,
      }),
    );
    fc.assert(
      fc.property(wrap, words, (wrap, inner) => {
        expect(isCgroupRefusal(wrap(`${PREFIX}${inner}`))).toEqual({ refused: false });
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['missing image', "Unable to find image 'nginx:latest' locally"],
    ['full disk', NEW('mkdir /var/lib/docker/overlay2/abc: no space left on device')],
    [
      'dead daemon',
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    ],
    ['a limit that cannot be written', NEW(`write /sys/fs/cgroup/docker/${ID}/memory.max: device or resource busy`)],
    [
      'a controller that cannot be enabled',
      NEW('write /sys/fs/cgroup/cgroup.subtree_control: device or resource busy'),
    ],
    [
      'another unit',
      'unable to start unit "nginx.service" (properties []): error creating systemd unit `nginx.service`: got `failed`',
    ],
    ['a unit without a reason', `caused "unable to start unit \\"${SCOPE}\\""`],
    ['nothing', ''],
  ])('does not count %s', (_, text) => {
    expect(isCgroupRefusal(text)).toEqual({ refused: false });
  });

  it('takes time that grows with the length of the text only', () => {
    for (const part of [PREFIX, 'mkdir /sys/fs/cgroup/a', 'creating cgroup `/sys/fs/cgroup/', '\\"', ')): got ']) {
      expect(isCgroupRefusal(part.repeat(Math.ceil(500_000 / part.length)))).toEqual({ refused: false });
    }
  });
});
