/** The matrix that every fault is injected into. */

/** One row is measured already in the run that a fault is injected into, one is hit, one must go on after it. */
export const ROWS = { done: 'done', hit: 'hit', next: 'next' } as const;

/** Deadlines short enough for a test to wait for, long enough for two machines that share two cores. */
export const PROFILE = `machine: { provider: qemu, cpus: 1, disk_bus: virtio }
guest: { os: debian }
sequence: { cycles: 2 }
timeouts: { boot: 180s, command: 60s, docker: 90s, exhaust: 5m }
jobs: 1
kernels:
  - { name: ${ROWS.done}, source: deb, suite: bookworm-security, package: 'linux-image-6.1.*-cloud-amd64', expect: clean }
  - { name: ${ROWS.hit}, source: deb, suite: bullseye-security, package: 'linux-image-5.10.*-cloud-amd64', expect: clean }
  - { name: ${ROWS.next}, source: deb, suite: bookworm-security, package: 'linux-image-6.1.*-cloud-amd64', expect: clean }
`;
