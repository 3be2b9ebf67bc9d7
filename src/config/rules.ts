import { append } from '../base/lists.js';
import { BUILT_IN_KEYS, UNSIGNED, defaultDockerSource, knownStaticDocker } from './defaults.js';
import { isMap, listOf, loose, show, type Breach, type Loose } from './breach.js';
import { PROFILE_NAME, keyName, profileName } from './fields.js';
import type { Tables } from './tables.js';
import { defaultOs, type MachineFormat } from './machine.js';
import type { SourceFormat } from './row.js';
import { didYouMean, oneOf } from './suggest.js';
import type { Path } from './tree.js';

/** The row name the embedded guest's own boot kernel goes by in the menu. */
const RESERVED_NAME = 'boot';

/**
 * The rules between fields. They look at the data as it was written, whether or not it fits the schema, so that one
 * reading reports everything; a value of the wrong type is passed over, the schema has reported it.
 */
export function breaches(data: unknown, tables: Tables): Breach[] {
  const root = loose(data);
  const profiles = loose(root['profiles']);
  const names = Object.keys(profiles);
  const found: Breach[] = [];
  if (isMap(root['profiles']) && names.length === 0)
    found.push({ path: ['profiles'], expected: 'at least one profile', got: 'none' });
  const chosen = root['default_profile'];
  for (const [index, each] of (Array.isArray(chosen) ? chosen : [chosen]).entries()) {
    if (typeof each !== 'string' || names.length === 0 || names.includes(each)) continue;
    found.push({
      path: Array.isArray(chosen) ? ['default_profile', index] : ['default_profile'],
      expected: `one of the profiles ${oneOf(names)}`,
      got: `${show(each)}${didYouMean(each, names)}`,
    });
  }
  if (chosen === undefined && names.length > 1) {
    found.push({
      path: ['default_profile'],
      expected: `one of the profiles ${oneOf(names)}, as there are several`,
      got: 'nothing',
    });
  }
  const { names: keys, found: keyBreaches } = signingKeys(root);
  append(found, keyBreaches);
  for (const [name, profile] of Object.entries(profiles)) {
    // Not a key schema of the record: zod passes over the value of a key that fails it.
    if (!profileName.safeParse(name).success) {
      found.push({ path: ['profiles', name], expected: PROFILE_NAME, got: show(name), atKey: true });
    }
    if (isMap(profile)) append(found, profileBreaches(['profiles', name], profile, keys, tables));
  }
  return found;
}

/** Names that `signed_by` may have; and what is wrong with those the file declares. */
function signingKeys(root: Loose): { names: string[]; found: Breach[] } {
  const own = Object.entries(loose(root['signing_keys']));
  const found: Breach[] = [];
  for (const [name, key] of own) {
    const path = ['signing_keys', name];
    if (!keyName.safeParse(name).success || [...BUILT_IN_KEYS, UNSIGNED].some((each) => each === name)) {
      const expected = `a name of letters, digits and . _ + - other than ${[...BUILT_IN_KEYS, UNSIGNED].join(', ')}`;
      found.push({ path, expected, got: show(name), atKey: true });
    }
    if (isMap(key) && key['path'] === undefined && !(Array.isArray(key['urls']) && key['urls'].length > 0))
      found.push({ path, expected: 'path or urls, so that the key can be obtained', got: 'neither', atKey: true });
  }
  return { names: [...BUILT_IN_KEYS, ...own.map(([name]) => name)], found };
}

function profileBreaches(at: Path, profile: Loose, keys: string[], { sources, machines }: Tables): Breach[] {
  const named = loose(profile['machine'])['provider'] ?? machines[0]?.id;
  const provider = machines.find(({ id }) => id === named);
  const os = loose(profile['guest'])['os'] ?? defaultOs(provider, isMap(profile['guest']));
  return [
    ...machineBreaches(at, profile, provider, os),
    ...dockerBreaches([...at, 'docker'], loose(profile['docker']), os, keys),
    ...kernelBreaches(at, profile['kernels'], os, sources),
    ...listOf(profile['kernels']).flatMap((each, index) => {
      const row = loose(each);
      const source = sources.find(({ id }) => id === row['source']);
      return source?.rules?.(row, [...at, 'kernels', index], { os, keys }) ?? [];
    }),
    ...rpmBreaches([...at, 'guest', 'rpms'], loose(profile['guest'])['rpms'], keys),
    ...rpmBreaches([...at, 'docker', 'dependencies'], loose(profile['docker'])['dependencies'], keys),
  ];
}

/** Each RPM is known by a signature or by its hash. */
export function rpmBreaches(at: Path, list: unknown, keys: readonly string[]): Breach[] {
  return listOf(list).flatMap((each, index) => signerBreaches([...at, index], loose(each), keys));
}

/** What is wrong with the `signed_by` of an RPM as it was written. @param keys the names it may have beside `none`. */
export function signerBreaches(at: Path, { signed_by: signer, sha256 }: Loose, keys: readonly string[]): Breach[] {
  if (typeof signer !== 'string' || !keyName.safeParse(signer).success || keys.includes(signer)) return [];
  if (signer !== UNSIGNED) {
    const known = [...keys, UNSIGNED];
    const got = `${show(signer)}${didYouMean(signer, known)}`;
    return [{ path: [...at, 'signed_by'], expected: `a key of signing_keys, or ${oneOf(known)}`, got }];
  }
  return sha256 === undefined
    ? [
        {
          path: [...at, 'signed_by'],
          expected: 'a sha256 beside signed_by: none, as nothing else tells the right file',
          got: UNSIGNED,
        },
      ]
    : [];
}

function machineBreaches(at: Path, profile: Loose, provider: MachineFormat | undefined, os: unknown): Breach[] {
  if (provider === undefined) return [];
  const { id, guests, existing } = provider;
  const jobs = profile['jobs'] ?? 1;
  const found = typeof jobs === 'number' ? (provider.rules?.(loose(profile['machine']), at, { os, jobs }) ?? []) : [];
  const taken = `os: ${guests.join(' or ')}`;
  if (existing !== undefined && os === undefined) {
    found.push({ path: [...at, 'guest'], expected: `${taken}, as an existing host does not say`, got: 'nothing' });
  }
  if ((os === 'debian' || os === 'el7') && !guests.includes(os)) {
    const isWritten = loose(profile['guest'])['os'] !== undefined;
    found.push({
      path: isWritten ? [...at, 'guest', 'os'] : [...at, 'guest'],
      expected: `${taken}, as provider ${id} runs no other guest`,
      got: isWritten ? os : `no os, which means ${os}`,
    });
  }
  return found;
}

function dockerBreaches(at: Path, docker: Loose, os: unknown, keys: string[]): Breach[] {
  const source = docker['source'] ?? defaultDockerSource(os);
  const found: Breach[] = signerBreaches(at, docker, keys);
  const wrong = (key: string, expected: string, got?: string) =>
    found.push({ path: [...at, key], expected, ...(got === undefined ? {} : { got }) });
  if (os === 'el7' && source !== 'rpm') wrong('source', 'rpm, as the guest is el7', show(source));
  if (os === 'debian' && source === 'rpm') wrong('source', 'deb or static, as the guest is debian', 'rpm');
  if (source === 'deb') {
    for (const key of ['urls', 'sha256', 'signed_by', 'dependencies'])
      if (docker[key] !== undefined) wrong(key, `nothing, as Docker comes from a Debian package (source: deb)`);
  }
  const { version, sha256, urls } = docker;
  if (
    source === 'static' &&
    version !== undefined &&
    sha256 === undefined &&
    knownStaticDocker(show(version)) === undefined
  )
    wrong('version', "a sha256 beside it, as Docker's static archives carry no signature");
  if (source === 'static' && Array.isArray(urls) && urls.length === 0) wrong('urls', 'at least one URL');
  if (docker['image_archive'] !== undefined && docker['image_urls'] !== undefined)
    wrong('image_urls', 'either image_archive, a file of this host, or image_urls');
  if (docker['image_urls'] !== undefined && docker['image_sha256'] === undefined)
    wrong('image_urls', 'an image_sha256 beside it, as an archive carries no signature');
  return found;
}

function kernelBreaches(at: Path, kernels: unknown, os: unknown, sources: readonly SourceFormat[]): Breach[] {
  const found: Breach[] = [];
  const first = new Map<string, number>();
  for (const [index, each] of (Array.isArray(kernels) ? kernels : []).entries()) {
    const row = loose(each);
    const path = [...at, 'kernels', index];
    const name = row['name'];
    const source = sources.find(({ id }) => id === row['source']);
    if (os === 'el7' && source?.installable === false) {
      const installable = sources.filter((each) => each.installable).map(({ id }) => id);
      found.push({
        path: [...path, 'source'],
        expected: `${oneOf(installable)}, as a guest with os: el7 installs its kernels`,
        got: source.id,
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
