import { withoutTail } from '../../base/text/plain.js';
import type { El7GuestConfig } from '../../config/plan.js';
import { shell as sh } from '../../remote/quote.js';
import { placeOf } from './files.js';
import type { LeftOut, RpmFile, Step } from './steps.js';

const REPOS = '/etc/yum.repos.d';
const OWN = `${REPOS}/kernel-matrix.repo`;
/** Suffix that hides a repository file from yum, and shows who renamed it. */
const OFF = '.off-by-kernel-matrix';

/**
 * Command that installs copied RPMs in one transaction. Dependencies that are not among them come from the repositories, unless the
 * package sources are `none`.
 */
export function installFiles(guest: El7GuestConfig, rpms: RpmFile[]): string {
  const options = guest.package_sources === 'none' ? sh`--disablerepo=${'*'} ` : '';
  return `yum -y ${options}localinstall ${rpms.map((rpm) => sh`${placeOf(rpm)}`).join(' ')}`;
}

/** The repository file for the archived tree. Every section lists all roots, which yum tries in order. */
function vaultRepository(urls: string[]): string {
  return ['os', 'updates', 'extras']
    .map((part) => {
      const base = urls.map((url) => `${withoutTail(url, '/')}/${part}/x86_64/`).join('\n        ');
      return (
        `[kernel-matrix-${part}]\nname=CentOS 7.4.1708 as archived - ${part}\nbaseurl=${base}\n` +
        'enabled=1\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-CentOS-7\n'
      );
    })
    .join('\n');
}

/** Steps after which yum has package sources that work, or none. */
export function sourceSteps(guest: El7GuestConfig): Step[] {
  if (guest.package_sources === 'keep') return [];
  const off: Step = {
    name: 'package sources of the box',
    // No *.repo file except our own.
    check: sh`test -z "$(find ${REPOS} -maxdepth 1 -name ${'*.repo'} ! -path ${OWN})"`,
    act: [
      {
        command: sh`for f in ${REPOS}/*.repo; do case $f in ${OWN}) ;; *) mv "$f" "$f"${OFF} ;; esac; done`,
      },
    ],
    why: 'CentOS 7 is past its end of life and its mirror list is offline: every yum call fails with these repositories',
    source: [],
    otherwise: `repository files are still in ${REPOS}; is it writable?`,
  };
  if (guest.package_sources === 'none') return [off];
  const text = vaultRepository(guest.vault_urls);
  return [
    off,
    {
      name: 'package sources from the archive',
      check: sh`printf %s ${text} | cmp -s - ${OWN}`,
      act: [{ command: sh`printf %s ${text} > ${OWN}` }],
      why: 'the archived tree of 7.4.1708, which has the dependencies of our RPMs',
      source: [],
      otherwise: `${OWN} cannot be written`,
    },
  ];
}

/** Lines of the source procedure about package sources that are left out. */
export const SOURCES_LEFT_OUT: LeftOut[] = [
  {
    source: 'yum install -y yum-utils epel-release wget',
    why: 'only needed to download packages in the guest; here the host downloads and verifies them',
  },
  {
    source: 'wget -O /etc/yum.repos.d/docker-ce.repo https://mirrors.aliyun.com/docker-ce/linux/centos/docker-ce.repo',
    why: 'the host downloads the RPM (download.docker.com, or its mirror at aliyun), verifies and copies it; no repository is needed',
  },
];
