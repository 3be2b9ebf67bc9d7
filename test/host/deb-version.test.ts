import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDebVersions } from '../../src/host/deb-version.js';

/** dpkg's own answer, which is the definition, for many pairs in one shell. */
function byDpkg(pairs: readonly (readonly [string, string])[]): number[] {
  const script = `while read -r a b; do
  if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi
done`;
  const input = pairs.map((pair) => `${pair.join(' ')}\n`).join('');
  const { stdout } = spawnSync('sh', ['-c', script], { input, encoding: 'utf8' });
  return stdout.trim().split('\n').map(Number);
}

describe('compareDebVersions', () => {
  it.each([
    ['6.1.192-2', '6.1.192-10'],
    ['7.3.4-1~bpo13+1', '7.3.4-1'],
    ['6.9.1-1', '6.10.1-1'],
    ['9.0-1', '1:1.0-1'],
    ['1.0~rc1-1', '1.0-1'],
    ['1.0', '1.0-1'],
    ['1.0a', '1.0+'],
  ])('has %s before %s', (older, newer) => {
    expect(compareDebVersions(older, newer)).toBeLessThan(0);
    expect(compareDebVersions(newer, older)).toBeGreaterThan(0);
  });

  it('orders as dpkg does', () => {
    const part = fc.stringMatching(/^[0-9][0-9a-z.+~]{0,7}$/);
    const version = fc
      .tuple(fc.constantFrom('', '', '1:', '0:'), part, fc.constantFrom('', '-1', '-0', '-1~bpo13+1', '-a'))
      .map((parts) => parts.join(''));
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 200, seed: 7 });
    expect(pairs.map(([a, b]) => Math.sign(compareDebVersions(a, b)))).toEqual(byDpkg(pairs));
  });
});
