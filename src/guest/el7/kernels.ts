import type { KernelRow } from '../../config/plan.js';
import { shell as sh } from '../../remote/quote.js';
import { PIN_DEFAULT_KERNEL } from '../../provider/ssh/default-entry.js';
import { GRUB_CONFIG } from './grub-menu.js';
import { copyRpm, isInstalled, placeOf } from './files.js';
import { packageOf, type LeftOut, type RpmFile, type Step } from './steps.js';

/** A kernel that is to be in the menu. */
export interface WantedKernel {
  row: KernelRow;
  release: string;
  rpms: RpmFile[];
}

/**
 * Steps that install the kernels and make the menu. The default is set by the row that is to boot (`boot-loader.ts`), after
 * all of this: installing a kernel may change it.
 * @param oneShot the machine is somebody's: its own kernel stays the default.
 */
export function kernelSteps(kernels: WantedKernel[], oneShot: boolean): Step[] {
  return [
    ...kernels.flatMap(({ rpms }) => rpms.flatMap((rpm) => [copyRpm(rpm), install(rpm)])),
    setting('GRUB_DEFAULT', 'saved', 'without it the first entry boots, whatever is selected'),
    setting('GRUB_DISABLE_SUBMENU', 'true', 'an entry in a submenu is not found by its title alone'),
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
    // An rpm that outlived a connection holds the lock: this one waits for it, and is then told that the package is there.
    act: [{ command: sh`rpm -ivh --oldpackage ${placeOf(rpm)} || rpm -q ${name}` }],
    why: 'rpm -i, not yum: installonly_limit (5 on CentOS 7) would remove an older kernel, and --oldpackage lets one older than the running one in',
    source: kind ? [`yum --disablerepo=\\* --enablerepo=elrepo-kernel install -y kernel-${kind}.x86_64`] : [],
    otherwise: `${name} is not installed; rpm names what it depends on: bring that too`,
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

/** grub.cfg takes the saved entry and has an entry of its own for each kernel. */
function menu(kernels: WantedKernel[]): Step {
  // By the kernel that is loaded: titles differ among the distributions.
  const entries = kernels.map(({ release }) => `${sh`grep -qE ${loads(release)}`} ${GRUB_CONFIG}`);
  return {
    name: 'boot menu',
    check: [
      `grep -qF ${sh`${'set default="${saved_entry}"'}`} ${GRUB_CONFIG}`,
      // grub2-mkconfig's own; one that somebody has added stays.
      `! ${sh`grep -q ${`^submenu ['"]Advanced options`}`} ${GRUB_CONFIG}`,
      ...entries,
    ].join(' && '),
    act: [{ command: `grub2-mkconfig -o ${GRUB_CONFIG}` }],
    why: 'the settings above reach the boot loader only through grub.cfg',
    source: [],
    otherwise: 'grub.cfg lacks the saved default or an entry: grub2-mkconfig did not find a kernel in /boot',
  };
}

/** Pattern, for grep -E, of the line that loads a kernel. */
function loads(release: string): string {
  return `^[[:space:]]*linux(16|efi)?[[:space:]].*/vmlinuz-${release.replace(/[.+]/g, '\\$&')}(["'[:space:]]|$)`;
}

/**
 * The entry loads the kernel with its initramfs, and both files are there and not empty. An rpm that was stopped in its
 * last script, or a full /boot, leaves a menu entry without one: such a kernel panics for want of its root.
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

/** Words of `cmdline:` of a row. grubby writes them into the entry; grub2-mkconfig, which forgets them, has run before. */
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
  why: 'installing a kernel may change the default; rows are booted once each, so that a power cycle falls back to this one',
  source: [],
  otherwise: 'grubby does not set the default kernel',
};

/** Lines of the source about kernels that are not carried out. */
export const KERNELS_LEFT_OUT: LeftOut[] = [
  {
    source: 'rpm --import https://www.elrepo.org/RPM-GPG-KEY-elrepo.org',
    why: 'signatures are checked on the host against pinned fingerprints before anything is copied in; the guest needs no key',
  },
  {
    source: 'rpm -Uvh https://www.elrepo.org/elrepo-release-7.0-3.el7.elrepo.noarch.rpm',
    why: 'ELRepo has withdrawn its kernels for CentOS 7: the repository it adds has them no more; the RPMs come from its archive',
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
