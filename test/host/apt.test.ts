import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findMirrors, mirrorsOfTargets, packagesOf, sha256Of, sourcesOf } from '../../src/host/apt.js';

const DEBIAN = 'http://deb.example/debian';
const SECURITY = 'http://security.example/debian-security';

describe('mirrorsOfTargets', () => {
  it('takes main and security from the lines of apt', () => {
    const lines = `${DEBIAN} bookworm\n${DEBIAN} bookworm-updates\n${SECURITY} bookworm-security\n`;
    expect(mirrorsOfTargets(lines, 'bookworm')).toEqual({ main: DEBIAN, security: SECURITY });
  });

  it('does not take updates or backports for the mirror', () => {
    const lines = `http://a.example bookworm-updates\nhttp://b.example bookworm-backports\n${DEBIAN} bookworm\n`;
    expect(mirrorsOfTargets(lines, 'bookworm')).toEqual({ main: DEBIAN });
  });

  it.each(['stable', 'oldstable', 'testing'])('knows a mirror that is named by the class %s', (suite) => {
    expect(mirrorsOfTargets(`${DEBIAN} ${suite}\n`, 'bookworm')).toEqual({ main: DEBIAN });
  });

  it('ignores repositories that are not Debian', () => {
    const lines = [
      'https://deb.nodesource.example/node_20.x nodistro',
      'https://apt.postgresql.example/pub bookworm-pgdg',
      'https://apt.llvm.example/bookworm llvm-toolchain-bookworm-17',
      `${DEBIAN} bookworm`,
      `${SECURITY} bookworm-security`,
      'https://download.docker.example/linux/debian bookworm',
    ];
    expect(mirrorsOfTargets(lines.join('\n'), 'bookworm')).toEqual({ main: DEBIAN, security: SECURITY });
  });

  it('finds nothing where there is nothing', () => {
    expect(mirrorsOfTargets('\n  \nonlyoneword\n', 'bookworm')).toEqual({});
  });
});

describe('findMirrors', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('takes kernels.yaml before the environment, each by itself', async () => {
    vi.stubEnv('KERNEL_MATRIX_DEBIAN_MIRROR', 'http://env.example/debian');
    vi.stubEnv('KERNEL_MATRIX_DEBIAN_SECURITY_MIRROR', 'http://env.example/security');
    vi.stubEnv('KERNEL_MATRIX_DEBIAN_ARCHIVE', 'http://env.example/archive');
    expect(await findMirrors({ mirror: DEBIAN })).toEqual({
      main: DEBIAN,
      security: 'http://env.example/security',
      archive: 'http://env.example/archive',
    });
  });
});

describe('sourcesOf', () => {
  const mirrors = { main: DEBIAN, security: SECURITY };

  it('takes the security archive for -security suites only', () => {
    expect(sourcesOf('bookworm-security', mirrors)).toEqual([SECURITY]);
    expect(sourcesOf('trixie-backports', mirrors)).toEqual([DEBIAN]);
  });

  it('looks into the archive second, and not twice at the same place', () => {
    expect(sourcesOf('buster', { ...mirrors, archive: 'http://old.example' })).toEqual([DEBIAN, 'http://old.example']);
    expect(sourcesOf('buster', { ...mirrors, archive: DEBIAN })).toEqual([DEBIAN]);
  });
});

const DUMP = `Package: linux-image-6.1.0-56-cloud-amd64
Version: 6.1.187-1
Depends: kmod, linux-base (>= 4.3~), initramfs-tools (>= 0.120+deb11u2) | linux-initramfs-tool, linux-base-6.1 (= 6.1.187-1), linux-modules-6.1 (= 6.1.187-1)
Filename: pool/main/l/linux-signed/image.deb
Size: 31000000
SHA256: aaaa
Description: Linux 6.1
 Package: not-a-field

Package: linux-image-6.1.0-56-cloud-amd64-unsigned
Version: 6.1.187-1
Filename: pool/main/l/linux/unsigned.deb
Size: 1
SHA256: bbbb

Package: my-linux-image-6.1.0-56-cloud-amd64
Version: 1
Size: 1

Package: linux-image-6x1
Version: 1
Size: 1
`;

describe('packagesOf', () => {
  const names = (pattern: string) => packagesOf(DUMP, pattern).map((each) => each.package);

  it('reads what is needed to fetch and verify a package', () => {
    const [image] = packagesOf(DUMP, 'linux-image-6.1.0-56-cloud-amd64');
    expect(image).toMatchObject({
      version: '6.1.187-1',
      filename: 'pool/main/l/linux-signed/image.deb',
      sha256: 'aaaa',
      bytes: 31000000,
    });
  });

  it('lists the packages needed at an exact version, and no others', () => {
    expect(packagesOf(DUMP, 'linux-image-6.1.0-56-cloud-amd64')[0]?.exactDepends).toEqual([
      { package: 'linux-base-6.1', version: '6.1.187-1' },
      { package: 'linux-modules-6.1', version: '6.1.187-1' },
    ]);
  });

  it('anchors the pattern at both ends', () => {
    expect(names('linux-image-*-cloud-amd64')).toEqual(['linux-image-6.1.0-56-cloud-amd64']);
    expect(names('linux-image-6.1')).toEqual([]);
  });

  it('takes a dot for a dot', () => {
    expect(names('linux-image-6.1')).toEqual([]);
    expect(names('linux-image-6x1')).toEqual(['linux-image-6x1']);
  });

  it('leaves unsigned packages out unless they are asked for', () => {
    expect(names('linux-image-*')).not.toContain('linux-image-6.1.0-56-cloud-amd64-unsigned');
    expect(names('linux-image-*-unsigned')).toEqual(['linux-image-6.1.0-56-cloud-amd64-unsigned']);
  });
});

describe('sha256Of', () => {
  it('is the sha256 of the content', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'km-apt-'));
    writeFileSync(join(folder, 'file'), 'abc');
    expect(await sha256Of(join(folder, 'file'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    rmSync(folder, { recursive: true });
  });
});
