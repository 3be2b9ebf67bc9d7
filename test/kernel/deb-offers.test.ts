import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packagesOf, type DebPackage } from '../../src/host/apt.js';
import { compareDebVersions } from '../../src/host/deb-version.js';
import { debOffers, describeOffer, lackOf } from '../../src/kernel/deb-offers.js';

const PARTS = ['base', 'binary', 'modules'];
/** What an index has beside the packages of kernels, for each of them. */
const BESIDE = [
  'linux-headers-R',
  'linux-kbuild-R',
  'linux-image-R-dbg',
  'linux-image-R-signed-template',
  'linux-image-R-unsigned',
  'linux-perf-R',
  'linux-doc-R',
];

const kernel = fc.record({
  release: fc.tuple(fc.integer({ min: 4, max: 9 }), fc.nat(20), fc.nat(200)).map((parts) => parts.join('.')),
  flavour: fc.constantFrom('amd64', 'cloud-amd64', 'rt-amd64'),
  split: fc.boolean(),
  withdrawn: fc.subarray(PARTS),
});

/** The stanzas of an index with these kernels, in the order given by `order`. */
function indexOf(
  kernels: readonly { release: string; flavour: string; split: boolean; withdrawn: string[] }[],
  order: number[],
) {
  const stanzas: string[] = [];
  const stanza = (name: string, version: string, depends = '') =>
    stanzas.push(`Package: ${name}\nVersion: ${version}\n${depends}Size: 1\nSHA256: 0\nFilename: f`);
  for (const { release, flavour, split, withdrawn } of kernels) {
    const whole = `${release}-${flavour}`;
    const version = `${release}-1`;
    const needs = PARTS.map((part) => `linux-${part}-${whole} (= ${version})`).join(', ');
    stanza(`linux-image-${whole}`, version, split ? `Depends: kmod, ${needs}\n` : 'Depends: kmod\n');
    for (const part of split ? PARTS.filter((each) => !withdrawn.includes(each)) : [])
      stanza(`linux-${part}-${whole}`, version);
    for (const name of BESIDE) stanza(name.replace('R', whole), `9:${version}`);
  }
  const key = (index: number) => order[index % order.length]! * 31 + (index % 7);
  return stanzas
    .map((text, index) => ({ text, key: key(index) }))
    .sort((a, b) => a.key - b.key)
    .map(({ text }) => text)
    .join('\n\n');
}

function offers(dump: string, pattern: string) {
  const all = (matching: string): DebPackage[] => packagesOf(dump, matching).map((each) => ({ suite: 's', ...each }));
  const parts = all('linux-*');
  return debOffers(all(pattern), pattern, (name, version) =>
    parts.find((each) => each.package === name && each.version === version),
  );
}

describe('the kernels of an index', () => {
  it('are all of it and nothing else, newest first, whatever order the index is in', () => {
    const kernels = fc.uniqueArray(kernel, {
      minLength: 1,
      maxLength: 8,
      selector: (each) => `${each.release}-${each.flavour}`,
    });
    const orders = fc.array(fc.nat(50), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        kernels,
        orders,
        orders,
        fc.constantFrom('linux-*', 'linux-image-*', '*'),
        (made, one, other, pattern) => {
          const found = offers(indexOf(made, one), pattern);
          expect(found.map(({ image }) => image.package).sort()).toEqual(
            made.map(({ release, flavour }) => `linux-image-${release}-${flavour}`).sort(),
          );
          for (const [index, { image }] of found.entries())
            expect(
              compareDebVersions(found[Math.max(0, index - 1)]!.image.version, image.version),
            ).toBeGreaterThanOrEqual(0);
          expect(offers(indexOf(made, other), pattern)).toEqual(found);
        },
      ),
    );
  });

  it('lack the kernel, the modules or nothing by what was withdrawn, and that is said', () => {
    fc.assert(
      fc.property(kernel, (made) => {
        const [offer] = offers(indexOf([made], [1]), 'linux-image-*');
        const gone = made.split ? made.withdrawn : [];
        expect(lackOf(offer!)).toBe(gone.includes('binary') ? 'kernel' : gone.includes('modules') ? 'modules' : null);
        for (const part of gone)
          expect(describeOffer(offer!)).toContain(`linux-${part}-${made.release}-${made.flavour}`);
        expect(describeOffer(offer!) === 'complete').toBe(gone.length === 0);
        expect(offer!.parts).toHaveLength(made.split ? 4 - gone.length : 1);
      }),
    );
  });
});
