import { withoutTail } from '../../base/text/plain.js';
import type { El7GuestConfig } from '../../config/plan.js';
import { shell as sh } from '../../remote/quote.js';
import { placeOf } from './files.js';
import type { LeftOut, RpmFile, Step } from './steps.js';

const REPOS = '/etc/yum.repos.d';
const OWN = `${REPOS}/kernel-matrix.repo`;
/** Added to a repository file's name, so that yum no longer reads it and a reader sees whose doing it was. */
const OFF = '.off-by-kernel-matrix';

/**
 * Command that installs RPMs which have been copied in, in one transaction. What they depend on and is not among them comes
 * from the repositories; with package sources `none` there is none to ask.
 */
export function installFiles(guest: El7GuestConfig, rpms: RpmFile[]): string {
  const options = guest.package_sources === 'none' ? sh`--disablerepo=${'*'} ` : '';
  return `yum -y ${options}localinstall ${rpms.map((rpm) => sh`${placeOf(rpm)}`).join(' ')}`;
}

/** The repository file for the archived tree; every section has each of the roots, which yum tries in order. */
export function vaultRepository(urls: string[]): string {
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

/** Steps that leave yum with package sources that answer, or with none. */
export function sourceSteps(guest: El7GuestConfig): Step[] {
  if (guest.package_sources === 'keep') return [];
  const off: Step = {
    name: 'package sources of the box',
    // No *.repo but our own.
    check: sh`test -z "$(find ${REPOS} -maxdepth 1 -name ${'*.repo'} ! -path ${OWN})"`,
    act: [
      {
        command: sh`for f in ${REPOS}/*.repo; do case $f in ${OWN}) ;; *) mv "$f" "$f"${OFF} ;; esac; done`,
      },
    ],
    why: 'CentOS 7 has ended and its mirror list is switched off: every yum call fails until these are out of the way',
    source: [],
    otherwise: `repository files are still in ${REPOS}: is it writable?`,
  };
  if (guest.package_sources === 'none') return [off];
  const text = vaultRepository(guest.vault_urls);
  return [
    off,
    {
      name: 'package sources from the archive',
      check: sh`printf %s ${text} | cmp -s - ${OWN}`,
      act: [{ command: sh`printf %s ${text} > ${OWN}` }],
      why: 'the tree of 7.4.1708 as archived; what an RPM of ours is missing can be installed from it',
      source: [],
      otherwise: `${OWN} cannot be written`,
    },
  ];
}

/** Lines of the source that prepare package sources and are not carried out. */
export const SOURCES_LEFT_OUT: LeftOut[] = [
  {
    source: 'yum install -y yum-utils epel-release wget',
    why: 'serve only to fetch packages in the guest; here the host fetches and verifies them, and none of the three is used',
  },
  {
    source: 'wget -O /etc/yum.repos.d/docker-ce.repo https://mirrors.aliyun.com/docker-ce/linux/centos/docker-ce.repo',
    why: 'the RPM itself is fetched on the host (download.docker.com, or its mirror at aliyun), verified and copied in: no repository is needed',
  },
];
