/**
 * Programs of the host that tests need. Where one is missing, a developer's run skips its tests and says why; in CI they fail, so
 * that nothing is left out there unnoticed. Use: `describe.skipIf(lacking(['shellcheck']))('...')`.
 */
import {
  findProgram,
  hostNeeds,
  LIBVIRT_NEEDS,
  missingNeeds,
  TEST_NEEDS,
  VAGRANT_NEEDS,
  type HostNeed,
} from '../src/host/setup.js';

/** What `npm run setup -- --tests` does not install: only suites that CI leaves out need it. */
const OTHER_NEEDS: HostNeed[] = [
  ...VAGRANT_NEEDS,
  ...LIBVIRT_NEEDS,
  { package: 'vagrant-libvirt', provides: '/usr/share/doc/vagrant-libvirt', why: "Vagrant's plugin" },
  {
    package: 'libvirt-daemon-driver-qemu',
    provides: '/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so',
    why: "libvirt's driver",
  },
  { package: 'dnsmasq-base', provides: 'dnsmasq', why: "libvirt's network" },
  { package: 'iptables', provides: 'iptables', why: "libvirt's network" },
  {
    package: 'libfaketime',
    provides: '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
    why: 'a clock that jumps',
  },
];
const installedBySetup = () => [...hostNeeds(), ...TEST_NEEDS];

/** Everything that starting a real machine needs. */
export const MACHINES = hostNeeds().map(({ provides }) => provides);
/** What packing and signing RPMs needs. */
export const RPM_TOOLS = ['rpmbuild', 'rpmsign', 'rpmkeys', 'rpm', 'rpm2cpio', 'gpg', 'gpg-agent', 'gpgconf'];
/** What extracting a kernel of a package needs. */
export const KERNEL_TOOLS = ['cpio', 'depmod', 'xz', 'zstd'];
/** What making keys needs, which every SSH server of a test has. */
export const SSH_KEYGEN = ['ssh-keygen'];
/** What the tests of the real Vagrant need. */
export const VAGRANT = [...OTHER_NEEDS.map(({ provides }) => provides), 'debugfs', 'qemu-img'].filter(
  (name) => !name.includes('faketime'),
);
export const FAKETIME = OTHER_NEEDS.at(-1)!.provides;

/**
 * Whether to skip tests, because of a missing program; the reason goes to stderr.
 * @param programs names on PATH, or absolute paths of files.
 * @throws Error in CI, where a missing program is a failure.
 */
export function lacking(
  programs: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  print: (line: string) => void = printOnce,
): boolean {
  const missing = programs.filter((name) => findProgram(name) === null);
  if (missing.length === 0) return false;
  const reason = `missing on this host: ${missing.map(described).join(', ')}\n  next: ${remedy(missing)}\n`;
  if (env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false') throw new Error(reason);
  print(`tests are skipped: ${reason}`);
  return true;
}

const printed = new Set<string>();
/** Each file says it once, however many of its tests are skipped. */
function printOnce(line: string): void {
  if (!printed.has(line)) process.stderr.write(line);
  printed.add(line);
}

const needOf = (program: string) =>
  [...installedBySetup(), ...OTHER_NEEDS].find(({ provides }) => provides === program);

function described(program: string): string {
  const need = needOf(program);
  return need === undefined ? program : `${program} (Debian package ${need.package})`;
}

function remedy(programs: string[]): string {
  const names = missingNeeds(installedBySetup()).map(({ provides }) => provides);
  if (programs.every((program) => names.includes(program))) return 'npm run setup -- --tests';
  const packages = programs.map((program) => needOf(program)?.package ?? program);
  return `apt-get install --no-install-recommends ${[...new Set(packages)].join(' ')}`;
}
