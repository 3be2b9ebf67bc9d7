import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/host/user-error.js';
import { NoKernel } from '../../src/kernel/no-kernel.js';
import { BOOT_KERNEL, KernelFault } from '../../src/provider/qemu/image/build.js';
import type { ResolvedKernel } from '../../src/kernel/resolved-kernel.js';
import { imageOfUsable } from '../../src/provider/qemu/provider.js';

const kernel: ResolvedKernel = {
  ...{ release: '6.1', vmlinuz: '/vmlinuz', moduleRoot: null, source: 'file' },
  ...{ package: null, version: null, origin: '/vmlinuz', sha256: '0', files: [] },
};
const kernels = (...names: string[]) => new Map(names.map((name) => [name, kernel]));
/** An image that cannot be made with some kernels. */
const imageWithout = (...faulty: string[]) => {
  const fault = (name: string) => new KernelFault(name, new UserError({ what: `${name} has no ext4` }));
  return (usable: Map<string, ResolvedKernel>) => {
    const found = faulty.find((name) => usable.has(name) || name === BOOT_KERNEL);
    return found === undefined ? Promise.resolve([...usable.keys()]) : Promise.reject(fault(found));
  };
};

describe('an image of all kernels that can be used', () => {
  it('loses those that cannot, each with its reason, and has the others', async () => {
    const missing = new Map<string, Error>([['earlier', new UserError({ what: 'gone' })]]);
    const said: string[] = [];
    const image = await imageOfUsable(
      kernels('a', 'b', 'c'),
      missing,
      (line) => said.push(line),
      imageWithout('c', 'a'),
    );
    expect(image).toEqual(['b']);
    expect([...missing].map(([name, { message }]) => `${name}: ${message}`).sort()).toEqual([
      ...['a: a has no ext4', 'c: c has no ext4', 'earlier: gone'],
    ]);
    expect(said.join()).toContain('kernel a is left out: a has no ext4');
  });

  it('is none where no kernel is left: then each row has its reason', async () => {
    const made = imageOfUsable(kernels('a', 'b'), new Map(), () => undefined, imageWithout('a', 'b'));
    const error = await made.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NoKernel);
    expect([...(error as NoKernel).missing.keys()].sort()).toEqual(['a', 'b']);
  });

  it('is none where the kernel that the guest boots first is at fault, or something else is', async () => {
    const first = imageOfUsable(kernels('a'), new Map(), () => undefined, imageWithout(BOOT_KERNEL));
    await expect(first).rejects.toThrow('boot has no ext4');
    const full = new UserError({ what: 'the disk is full' });
    await expect(
      imageOfUsable(
        kernels('a'),
        new Map(),
        () => undefined,
        () => Promise.reject(full),
      ),
    ).rejects.toBe(full);
  });
});
