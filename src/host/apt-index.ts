import { globMatches } from '../base/glob.js';

/** A binary package found in a suite's signed index. */
export interface DebPackage {
  suite: string;
  package: string;
  version: string;
  /** Path below the archive's base. */
  filename: string;
  sha256: string;
  bytes: number;
  /** Dependencies on an exact version in the same suite: `name (= version)` in Depends. */
  exactDepends: { package: string; version: string }[];
}

/**
 * Parses `apt-cache dumpavail` into the packages whose name matches. Debug symbols (`-dbg`) and signature sources (`-signed-template`)
 * contain no kernel and are excluded; unsigned packages are included only if the pattern ends in `-unsigned`.
 */
export function packagesOf(dump: string, pattern: string): Omit<DebPackage, 'suite'>[] {
  const found: Omit<DebPackage, 'suite'>[] = [];
  for (const stanza of dump.split('\n\n')) {
    const name = /^Package: (.+)$/m.exec(stanza)?.[1];
    if (!name || !globMatches(pattern, name) || /-(?:dbg|dbgsym|signed-template)$/.test(name)) continue;
    if (name.endsWith('-unsigned') && !pattern.endsWith('-unsigned')) continue;
    const field = (key: string) => new RegExp(`^${key}: (.+)$`, 'm').exec(stanza)?.[1] ?? '';
    found.push({
      package: name,
      version: field('Version'),
      filename: field('Filename'),
      sha256: field('SHA256'),
      bytes: Number(field('Size')),
      exactDepends: [...field('Depends').matchAll(/(?:^|, )([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9]+)? \(= ([^()]+)\)/g)].map(
        (match) => ({
          package: match[1]!,
          version: match[2]!,
        }),
      ),
    });
  }
  return found;
}
