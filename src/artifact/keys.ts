import { pathToFileURL } from 'node:url';
import { BUILT_IN_KEYS, UNSIGNED, type BuiltInKey } from '../config/defaults.js';
import type { Plan } from '../config/plan.js';
import type { SigningKey } from './artifact.js';

/*
 * The signing keys of the packages of a CentOS 7 matrix. Only the fingerprints are trusted; a key with the same fingerprint may come
 * from anywhere.
 */

/** CentOS 7's own packages: kernel, container-selinux and the rest of os, updates and extras. */
export const CENTOS_7_KEY: SigningKey = {
  owner: 'CentOS 7',
  fingerprint: '6341AB2753D78A78A7C27BB124C6A8A7F4A80EB5',
  name: 'RPM-GPG-KEY-CentOS-7',
  urls: [
    'https://vault.centos.org/7.4.1708/os/x86_64/RPM-GPG-KEY-CentOS-7',
    'https://archive.kernel.org/centos-vault/7.4.1708/os/x86_64/RPM-GPG-KEY-CentOS-7',
    'https://www.centos.org/keys/RPM-GPG-KEY-CentOS-7',
  ],
};

/**
 * ELRepo's first key, which signed kernel-lt 4.4.159 and kernel-ml 4.18.12 in 2018: 1024-bit DSA, self-signed with SHA-1.
 * The rpm of Debian 12 (4.18, libgcrypt) accepts it; an rpm with Sequoia's policy (Debian 13's 4.20, Fedora, EL 10) refuses it.
 */
export const ELREPO_KEY: SigningKey = {
  owner: 'ELRepo',
  fingerprint: '96C0104F631547311E0BB1AE309BC305BAADAE52',
  name: 'RPM-GPG-KEY-elrepo.org',
  urls: [
    'https://www.elrepo.org/RPM-GPG-KEY-elrepo.org',
    'https://mirrors.coreix.net/elrepo-archive-archive/RPM-GPG-KEY-elrepo.org',
  ],
};

/** Docker CE's RPMs. */
export const DOCKER_CE_KEY: SigningKey = {
  owner: 'Docker CE',
  fingerprint: '060A61C51B558A7F742B77AAC52FEB6B621E9F35',
  name: 'RPM-GPG-KEY-docker-ce',
  urls: ['https://download.docker.com/linux/centos/gpg', 'https://mirrors.aliyun.com/docker-ce/linux/centos/gpg'],
};

const BUILT_IN: Record<BuiltInKey, SigningKey> = {
  centos7: CENTOS_7_KEY,
  elrepo: ELREPO_KEY,
  'docker-ce': DOCKER_CE_KEY,
};

/**
 * The key that `signed_by` of kernels.yaml names: a built-in one, or one that the file declares; null for `none`.
 * @throws RangeError for an unknown name, which the configuration check refuses before.
 */
export function signingKey(name: string, declared: Plan['signing_keys']): SigningKey | null {
  if (name === UNSIGNED) return null;
  const builtIn = BUILT_IN_KEYS.find((each) => each === name);
  if (builtIn !== undefined) return BUILT_IN[builtIn];
  const own = declared[name];
  if (!own) throw new RangeError(`no signing key ${name}`);
  const urls = [...(own.path === undefined ? [] : [pathToFileURL(own.path).href]), ...own.urls];
  return { owner: name, fingerprint: own.fingerprint, name: `RPM-GPG-KEY-${name}`, urls };
}
