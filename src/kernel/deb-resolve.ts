import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { AptSuite, type DebianMirrors, type DebPackage } from '../host/apt.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import { debOffers, describeOffer, equalsOf, lackOf, type DebOffer } from './deb-offers.js';
import { kernelInTree } from './in-tree.js';
import { keepTree, mergeUsr } from './tree.js';
import type { ResolvedKernel, Withdrawn } from './resolved-kernel.js';

/** Which package of which suite a kernel is, as a row or `boot_kernel:` says it. */
export interface DebKernel {
  suite: string;
  /** `*` matches any run of characters. */
  package: string;
  version?: string | undefined;
  sha256?: string | undefined;
}

/** What a suite offers for a row. */
interface DebChoice {
  /** Newest first; the first is the one that is taken. */
  offers: [DebOffer, ...DebOffer[]];
  /** The package that can be named instead where the first lacks something; null if nothing that matches is complete. */
  complete: DebPackage | null;
  /** Packages of the same version that match too. */
  equals: string[];
}

/**
 * The kernels of a suite's index that a row matches, the newest first. The newest is what a row means, whether or not all of it
 * is there: an older one is never taken without being named, so that a row means the same kernel as long as the index does.
 * @throws UserError if none matches.
 */
export async function chooseDeb(
  suite: AptSuite,
  source: Pick<DebKernel, 'package' | 'version'>,
  signal?: AbortSignal,
): Promise<DebChoice> {
  const { package: pattern, version } = source;
  const parts = new Map<string, DebPackage>();
  for (const names of ['linux-*', 'linux-*-unsigned'])
    for (const part of await suite.packages(names, signal)) parts.set(`${part.package} ${part.version}`, part);
  const matching = await suite.packages(pattern, signal);
  const candidates = matching.filter((each) => version === undefined || each.version === version);
  const [first, ...others] = debOffers(candidates, pattern, (name, at) => parts.get(`${name} ${at}`));
  if (first === undefined) throw suite.noPackage(pattern, version);
  const offers: DebChoice['offers'] = [first, ...others];
  const complete = offers.find((offer) => lackOf(offer) === null)?.image ?? null;
  return { offers, complete, equals: equalsOf(offers) };
}

/** What to do about a row whose newest kernel lacks something. */
export function insteadOf({ complete, offers }: DebChoice): string {
  return complete === null
    ? `no kernel that package: matches is complete: name another one, or another suite; npm run doctor -- --kernels ${offers[0].image.suite} lists them`
    : `the newest complete one is ${complete.version}: set package: ${complete.package} in kernels.yaml`;
}

/**
 * Finds, downloads, verifies and extracts a Debian kernel. From 6.18 on Debian splits a kernel into several packages
 * that need each other at the exact version; all that the index still has are taken.
 * @throws UserError if none matches, its content is another than the row fixes, or what is left of it holds no kernel.
 */
export async function resolveDebKernel(
  source: DebKernel,
  mirrors: DebianMirrors,
  options: { onProgress: (message: string) => void; signal: AbortSignal },
): Promise<ResolvedKernel> {
  const suite = await AptSuite.open(source.suite, mirrors, options.signal);
  if (suite.stale) options.onProgress(`${source.suite} does not answer: its index as fetched before is used`);
  const choice = await chooseDeb(suite, source, options.signal);
  const [offer] = choice.offers;
  const { image, parts } = offer;
  if (source.sha256 && source.sha256 !== image.sha256) {
    throw new UserError({
      what: `${image.package} ${image.version} has sha256 ${image.sha256}`,
      where: `the index of ${source.suite}; kernels.yaml wants ${source.sha256}`,
      next: 'check which of the two is meant, then correct sha256: or version: in kernels.yaml',
    });
  }
  const lack = lackOf(offer);
  if (lack === 'kernel') {
    throw new UserError({
      what: `${image.package} ${image.version} is incomplete`,
      where: `package index of ${source.suite}`,
      why: describeOffer(offer),
      next: insteadOf(choice),
    });
  }
  const notes = notesOf(choice);
  for (const note of notes) options.onProgress(note);
  const files: string[] = [];
  for (const part of parts) {
    options.onProgress(`${part.package} ${part.version} (${(part.bytes / 1e6).toFixed(0)} MB)`);
    files.push(await suite.download(part, options.signal));
  }
  const folder = await extract(treeKey(parts), files, options.signal);
  const { missing } = offer;
  const found = await kernelInTree({
    folder,
    name: `${image.package} ${image.version}`,
    where: `package: ${source.package} in ${source.suite}`,
    next:
      missing.length > 0
        ? insteadOf(choice)
        : `npm run doctor -- --kernels ${source.suite} lists the kernels there are`,
  });
  const withdrawn: Withdrawn | null =
    lack === 'modules' ? { why: `${missing.join(', ')} no longer in ${source.suite}`, next: insteadOf(choice) } : null;
  return {
    ...found,
    source: 'deb',
    package: image.package,
    version: image.version,
    origin: `${image.suite}: ${image.filename}`,
    sha256: image.sha256,
    files: parts.map((part) => ({ name: basename(part.filename), sha256: part.sha256 })),
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
    withdrawn,
  };
}

function notesOf({ offers: [offer], equals }: DebChoice): string[] {
  const { package: name, version } = offer.image;
  return [
    ...(equals.length > 0 ? [`${name} taken of several of version ${version}; also: ${equals.join(', ')}`] : []),
    ...(offer.missing.length > 0 ? [`${name} ${version}: ${describeOffer(offer)}`] : []),
  ];
}

/** Names a tree by all that is in it: a part may be withdrawn, or come back, while the image stays the same. */
function treeKey(parts: readonly DebPackage[]): string {
  const [only, ...others] = parts;
  if (others.length === 0) return only!.sha256;
  return createHash('sha256')
    .update(parts.map(({ sha256 }) => sha256).join(' '))
    .digest('hex');
}

/** Extracts packages into the cache once; the folder's name is the hash of what is in it. */
async function extract(key: string, debs: string[], signal: AbortSignal): Promise<string> {
  return keepTree(key, signal, async (stage) => {
    for (const deb of debs) {
      await runTool('dpkg-deb', ['-x', '--', deb, stage], {
        timeout: 300,
        purpose: `extracting ${basename(deb)}`,
        signal,
      });
    }
    await mergeUsr(stage);
  });
}
