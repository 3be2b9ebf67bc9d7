import type { KernelRow } from '../../config/plan.js';
import { shell as sh } from '../../remote/quote.js';
import { PIN_DEFAULT_KERNEL } from '../../provider/ssh/default-entry.js';
import { GRUB_CONFIG } from './grub-menu.js';
import { copyRpm, isInstalled, placeOf } from './files.js';
import { packageOf, type LeftOut, type RpmFile, type Step } from './steps.js';

/** A kernel to install and add to the menu. */
export interface WantedKernel {
  row: KernelRow;
  release: string;
  rpms: RpmFile[];
}

/**
 * Steps that install the kernels and build the menu. Each row sets the default later (`boot-loader.ts`), because installing a kernel
 * may change it.
 * @param oneShot the machine is an existing host, whose own kernel stays the default.
 */
export function kernelSteps(kernels: WantedKernel[], oneShot: boolean): Step[] {
  return [
    ...kernels.flatMap(({ rpms }) => rpms.flatMap((rpm) => [copyRpm(rpm), install(rpm)])),
    setting('GRUB_DEFAULT', 'saved', 'without it the first entry always boots'),
    setting('GRUB_DISABLE_SUBMENU', 'true', 'an entry in a submenu cannot be selected by its title alone'),
    menu(kernels),
    ...kernels.map(({ release }) => bootable(release)),
    ...kernels.flatMap(({ row, release }) => row.cmdline.map((word) => argument(release, word))),
    ...(oneShot ? [PIN] : []),
  ];
}

function install(rpm: RpmFile): Step {
  const name = packageOf(rpm);
  const kind = /^kernel-(lt|ml)-\d/.exec(name)?.[1];
  return {
    name: `install ${name}`,
    check: isInstalled(name),
    // An rpm from an earlier, lost connection may hold the lock. This one waits for it, and then fails because the package is installed.
    act: [{ command: sh`rpm -ivh --oldpackage ${placeOf(rpm)} || rpm -q ${name}` }],
    why: 'rpm -i instead of yum, whose installonly_limit (5 on CentOS 7) would remove older kernels; --oldpackage allows a kernel older than the running one',
    source: kind ? [`yum --disablerepo=\\* --enablerepo=elrepo-kernel install -y kernel-${kind}.x86_64`] : [],
    otherwise: `${name} is not installed; rpm names the missing dependencies: add them`,
  };
}

function setting(key: string, value: string, why: string): Step {
  const line = `${key}=${value}`;
  return {
    name: line,
    check: sh`grep -qxF ${line} /etc/default/grub`,
    act: [{ command: sh`sed -i ${`/^${key}=/d`} /etc/default/grub && printf '\\n%s\\n' ${line} >> /etc/default/grub` }],
    why,
    source: [],
    otherwise: '/etc/default/grub cannot be written',
  };
}

/** Step after which grub.cfg boots the saved entry and has an entry for each kernel. */
function menu(kernels: WantedKernel[]): Step {
  // Identified by the kernel that is loaded, because titles differ between distributions.
  const entries = kernels.map(({ release }) => `${sh`grep -qE ${loads(release)}`} ${GRUB_CONFIG}`);
  return {
    name: 'boot menu',
    check: [
      `grep -qF ${sh`${'set default="${saved_entry}"'}`} ${GRUB_CONFIG}`,
      // The submenu of grub2-mkconfig; submenus that an administrator added stay.
      `! ${sh`grep -q ${`^submenu ['"]Advanced options`}`} ${GRUB_CONFIG}`,
      ...entries,
    ].join(' && '),
    act: [{ command: `grub2-mkconfig -o ${GRUB_CONFIG}` }],
    why: 'the settings above take effect only through grub.cfg',
    source: [],
    otherwise: 'grub.cfg lacks the saved default or an entry: grub2-mkconfig did not find a kernel in /boot',
  };
}

/** A pattern for grep -E that matches the line that loads a kernel. */
function loads(release: string): string {
  return `^[[:space:]]*linux(16|efi)?[[:space:]].*/vmlinuz-${release.replace(/[.+]/g, '\\$&')}(["'[:space:]]|$)`;
}

/**
 * Step after which the entry loads the kernel with its initramfs, and both files exist and are not empty. An rpm that was interrupted
 * in its last script, or a full /boot, leaves a menu entry without an initramfs, and such a kernel panics without its root.
 */
function bootable(release: string): Step {
  const image = `vmlinuz-${release}`;
  const initrd = `initramfs-${release}.img`;
  const program =
    `function last(path, parts, n) { gsub(/["']/, "", path); n = split(path, parts, "/"); return parts[n] } ` +
    '$1 == "menuentry" { ours = 0 } $1 ~ /^linux/ { ours = last($2) == image } ' +
    '$1 ~ /^initrd/ && ours { for (i = 2; i <= NF; i++) if (last($i) == initrd) found = 1 } END { exit !found }';
  return {
    name: `initramfs of ${release}`,
    check:
      sh`test -s ${`/boot/${image}`} && test -s ${`/boot/${initrd}`} && ` +
      `${sh`awk -v image=${image} -v initrd=${initrd} ${program}`} ${GRUB_CONFIG}`,
    act: [
      { command: sh`depmod -a ${release}` },
      { command: sh`dracut -f ${`/boot/${initrd}`} ${release}` },
      { command: `grub2-mkconfig -o ${GRUB_CONFIG}` },
    ],
    why: 'an rpm that was interrupted in its last script leaves a kernel without its initramfs, or an entry without its initrd line',
    source: [],
    otherwise: `kernel ${release} cannot boot: /boot/${image} or /boot/${initrd} is missing or empty, or its menu entry has no initrd line with it (is /boot full? df /boot)`,
  };
}

/** Step for a word of `cmdline:` of a row. grubby writes it into the entry, after grub2-mkconfig, which would drop it. */
function argument(release: string, word: string): Step {
  const image = `/boot/vmlinuz-${release}`;
  return {
    name: `${release}: ${word}`,
    check: sh`grubby --info=${image} | sed -n ${'s/^args="\\(.*\\)"$/\\1/p'} | tr ' ' '\\n' | grep -qxF -e ${word}`,
    act: [{ command: sh`grubby --update-kernel=${image} --args=${word}` }],
    why: 'cmdline: of the row in kernels.yaml',
    source: [],
    otherwise: `grubby did not write ${word} into the entry of ${release}`,
  };
}

const PIN: Step = {
  name: "the host's own kernel stays the default",
  check: PIN_DEFAULT_KERNEL.check,
  act: [{ command: PIN_DEFAULT_KERNEL.act }],
  why: 'installing a kernel may change the default; each row is booted once, so that a power cycle returns to this kernel',
  source: [],
  otherwise: 'grubby did not set the default kernel',
};

/** Lines of the source procedure about kernels that are left out. */
export const KERNELS_LEFT_OUT: LeftOut[] = [
  {
    source: 'rpm --import https://www.elrepo.org/RPM-GPG-KEY-elrepo.org',
    why: 'signatures are verified on the host against pinned fingerprints before anything is copied; the guest needs no key',
  },
  {
    source: 'rpm -Uvh https://www.elrepo.org/elrepo-release-7.0-3.el7.elrepo.noarch.rpm',
    why: 'ELRepo has withdrawn its kernels for CentOS 7, so this repository no longer has them; the RPMs come from its archive',
  },
  {
    source: 'yum --disablerepo=\\* --enablerepo=elrepo-kernel repolist',
    why: 'only lists what that repository offers; kernels.yaml names the RPMs',
  },
  {
    source: 'yum --disablerepo=\\* --enablerepo=elrepo-kernel list kernel*',
    why: 'only lists what that repository offers; kernels.yaml names the RPMs',
  },
];
