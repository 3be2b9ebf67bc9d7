import { EL7_LEAST_MEMORY_MIB, defaultDockerSource, defaultGuestOs } from './defaults.js';
import { PROFILE_NAME, profileName } from './fields.js';
import { didYouMean, oneOf } from './suggest.js';
import type { Path } from './tree.js';
import { parseMemory } from './units.js';

/** A rule that is broken. `got` is left out where the value at the path says it. */
export interface Breach {
  path: Path;
  expected: string;
  got?: string;
  /** The fault is in the key, not in the value. */
  atKey?: boolean;
}

type Loose = Record<string, unknown>;

/** The row name the embedded guest's own boot kernel goes by in the menu. */
const RESERVED_NAME = 'boot';

/**
 * The rules between fields. They look at the data as it was written, whether or not it fits the schema, so that one
 * reading reports everything; a value of the wrong type is passed over, the schema has reported it.
 */
export function breaches(data: unknown): Breach[] {
  const root = loose(data);
  const profiles = loose(root['profiles']);
  const names = Object.keys(profiles);
  const found: Breach[] = [];
  if (isMap(root['profiles']) && names.length === 0)
    found.push({ path: ['profiles'], expected: 'at least one profile', got: 'none' });
  const chosen = root['default_profile'];
  if (typeof chosen === 'string' && names.length > 0 && !names.includes(chosen)) {
    found.push({
      path: ['default_profile'],
      expected: `one of the profiles ${oneOf(names)}`,
      got: `${show(chosen)}${didYouMean(chosen, names)}`,
    });
  }
  if (chosen === undefined && names.length > 1) {
    found.push({
      path: ['default_profile'],
      expected: `one of the profiles ${oneOf(names)}, as there are several`,
      got: 'nothing',
    });
  }
  for (const [name, profile] of Object.entries(profiles)) {
    // Not a key schema of the record: zod passes over the value of a key that fails it.
    if (!profileName.safeParse(name).success) {
      found.push({ path: ['profiles', name], expected: PROFILE_NAME, got: show(name), atKey: true });
    }
    if (isMap(profile)) found.push(...profileBreaches(['profiles', name], profile));
  }
  return found;
}

function profileBreaches(at: Path, profile: Loose): Breach[] {
  const machine = loose(profile['machine']);
  const provider = machine['provider'] ?? 'qemu';
  const os = loose(profile['guest'])['os'] ?? defaultGuestOs(provider, isMap(profile['guest']));
  return [
    ...machineBreaches(at, profile, machine, provider, os),
    ...dockerBreaches(at, loose(profile['docker']), os),
    ...kernelBreaches(at, profile['kernels'], os),
  ];
}

function machineBreaches(at: Path, profile: Loose, machine: Loose, provider: unknown, os: unknown): Breach[] {
  const found: Breach[] = [];
  if (provider === 'ssh' && os === undefined) {
    found.push({
      path: [...at, 'guest'],
      expected: 'os: debian or os: el7, as an existing host does not say',
      got: 'nothing',
    });
  }
  if (provider === 'qemu' && os === 'el7') {
    found.push({
      path: [...at, 'guest', 'os'],
      expected: 'os: debian, as the embedded provider (qemu) builds its guest from Debian packages',
      got: 'el7',
    });
  }
  const memory = machine['memory'];
  const mib = typeof memory === 'string' ? parseMemory(memory) : null;
  if (provider === 'vagrant' && os === 'el7' && mib !== null && mib < EL7_LEAST_MEMORY_MIB) {
    found.push({
      path: [...at, 'machine', 'memory'],
      expected: `at least ${EL7_LEAST_MEMORY_MIB / 1024}GiB, which exhaustion on CentOS 7 needs`,
    });
  }
  const jobs = profile['jobs'] ?? 1;
  const port = machine['ssh_port'];
  if (typeof jobs !== 'number') return found;
  if (provider === 'ssh' && jobs > 1)
    found.push({ path: [...at, 'jobs'], expected: '1 with provider ssh, which is one host' });
  if (typeof port === 'number' && port <= 65535 && port + jobs - 1 > 65535) {
    found.push({
      path: [...at, 'machine', 'ssh_port'],
      expected: `at most ${65536 - jobs}, as ${jobs} jobs count up from it`,
    });
  }
  return found;
}

function dockerBreaches(at: Path, docker: Loose, os: unknown): Breach[] {
  const source = docker['source'] ?? defaultDockerSource(os);
  if (source === 'deb' && os === 'el7')
    return [{ path: [...at, 'docker', 'source'], expected: 'rpm or static, as the guest is el7', got: 'deb' }];
  if (source === 'rpm' && os === 'debian')
    return [{ path: [...at, 'docker', 'source'], expected: 'deb or static, as the guest is debian', got: 'rpm' }];
  return [];
}

function kernelBreaches(at: Path, kernels: unknown, os: unknown): Breach[] {
  const found: Breach[] = [];
  const first = new Map<string, number>();
  for (const [index, each] of (Array.isArray(kernels) ? kernels : []).entries()) {
    const row = loose(each);
    const path = [...at, 'kernels', index];
    const name = row['name'];
    if (row['source'] === 'deb' && os === 'el7') {
      found.push({
        path: [...path, 'source'],
        expected: `rpm or file, as source: deb needs a debian guest and this one is el7`,
        got: 'deb',
      });
    }
    if (typeof name !== 'string') continue;
    const earlier = first.get(name);
    if (earlier !== undefined) {
      found.push({
        path: [...path, 'name'],
        expected: 'a name no other row of the profile has',
        got: `${show(name)}, the name of kernels[${earlier}]`,
      });
    } else first.set(name, index);
    if (name === RESERVED_NAME) {
      found.push({
        path: [...path, 'name'],
        expected: `another name than ${RESERVED_NAME}, which the guest's own boot kernel has`,
      });
    }
  }
  return found;
}

/** A value in a message: a plain word as it is, anything else as JSON, cut at 80 characters. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const cut = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return typeof value !== 'string' || /^[\p{L}\p{N}_.+~:/-]+$/u.test(cut) ? cut : JSON.stringify(cut);
}

function isMap(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function loose(value: unknown): Loose {
  return isMap(value) ? value : {};
}
