import type { DebPackage } from '../host/apt.js';
import { compareDebVersions } from '../host/deb-version.js';

/** A kernel that a Debian index offers: the package asked for and all that it needs at an exact version. */
export interface DebOffer {
  image: DebPackage;
  /** The packages it is made of and that are in the index, the image first. */
  parts: DebPackage[];
  /** Names of packages it needs and that are no longer in the index. */
  missing: string[];
}

/** Finds a package by its exact name and version; undefined if it is not in the index. */
type FindPart = (name: string, version: string) => DebPackage | undefined;

/** Packages a kernel may need at an exact version and that hold nothing of it that boots. */
const NOT_A_PART = /^linux-(?:headers|kbuild|compiler|doc|libc-dev|source)(?:-|$)/;

/**
 * The kernels among the packages that match a pattern, the newest first. Of equal versions the shortest name comes first, then
 * by the alphabet: `linux-image-6.1.0-50-amd64` before its flavours `cloud` and `rt`.
 * @param pattern as in kernels.yaml; with a `*` only packages whose name says that they hold a bootable kernel are taken.
 */
export function debOffers(candidates: readonly DebPackage[], pattern: string, find: FindPart): DebOffer[] {
  const kernels = candidates.filter(({ package: name }) => !pattern.includes('*') || isKernelPackage(name, pattern));
  // Metapackages (linux-image-amd64, linux-image-6.12-cloud-amd64) only where nothing else matches: what they lead to has a name of its own.
  const real = kernels.filter(
    ({ exactDepends }) => !exactDepends.some((each) => each.package.startsWith('linux-image-')),
  );
  return (real.length > 0 ? real : kernels)
    .sort(
      (a, b) =>
        compareDebVersions(b.version, a.version) ||
        a.package.length - b.package.length ||
        (a.package < b.package ? -1 : 1),
    )
    .map((image) => offerOf(image, find));
}

/** Of Debian's packages `linux-image-*` hold a kernel or lead to one; `linux-binary-*`, its bare part, only if asked for. */
function isKernelPackage(name: string, pattern: string): boolean {
  const found = /^linux-(image|binary)-/.exec(name)?.[1];
  return found === 'image' || (found === 'binary' && pattern.startsWith('linux-binary-'));
}

function offerOf(image: DebPackage, find: FindPart): DebOffer {
  const offer: DebOffer = { image, parts: [image], missing: [] };
  // It grows while it is gone through: a part may need others.
  for (const part of offer.parts) {
    for (const need of part.exactDepends) {
      if (!need.package.startsWith('linux-') || NOT_A_PART.test(need.package)) continue;
      if (offer.parts.some((each) => each.package === need.package) || offer.missing.includes(need.package)) continue;
      const found = find(need.package, need.version);
      if (found) offer.parts.push(found);
      else offer.missing.push(need.package);
    }
  }
  return offer;
}

/**
 * What an offer lacks, as far as the names of Debian's packages tell; null if it can boot with its modules. `linux-base-*` holds
 * the configuration and lists only: a kernel boots without it.
 */
export function lackOf({ missing }: DebOffer): 'kernel' | 'modules' | null {
  if (missing.some((name) => /^linux-(?:image|binary)-/.test(name))) return 'kernel';
  return missing.some((name) => !/^linux-base-/.test(name)) ? 'modules' : null;
}

/** `complete`, or what has been withdrawn and what follows, in words. */
export function describeOffer(offer: DebOffer): string {
  const { missing } = offer;
  const gone = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} no longer in the index`;
  switch (lackOf(offer)) {
    case 'kernel':
      return `incomplete, cannot boot: ${gone}`;
    case 'modules':
      return `without its modules, so of use only with what it has built in: ${gone}`;
    case null:
      return missing.length === 0 ? 'complete' : `complete enough to boot: only ${gone}`;
  }
}

/** Other packages of the version that is taken, where several match: which is taken is then no matter of age. */
export function equalsOf(offers: readonly DebOffer[]): string[] {
  const first = offers[0]?.image.version;
  return offers.slice(1).flatMap(({ image }) => (image.version === first ? [image.package] : []));
}
