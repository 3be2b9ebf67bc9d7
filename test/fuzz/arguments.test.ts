/**
 * Values that end up in command lines, menus and lists of this host: each is refused where it comes in, by kernels.yaml and by the
 * check of a run folder's plan alike, or arrives as one literal word that can be no option.
 */
import { stringify } from 'yaml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QemuMachineConfig } from '../../src/provider/qemu/config.js';
import { checkPlan, FORMAT } from '../../src/cli/kernels-yaml.js';
import { artifactsOf } from '../../src/run/plan-artifacts.js';
import { ConfigError } from '../../src/config/errors.js';
import { parseConfig } from '../../src/config/load.js';
import type { Plan } from '../../src/config/plan.js';
import { selectPlan } from '../../src/config/select.js';
import { sourceLine } from '../../src/host/apt.js';
import { UserError } from '../../src/host/user-error.js';
import { qemuArguments } from '../../src/provider/qemu/command-line.js';
import { menuEntry } from '../../src/provider/qemu/image/menu.js';
import { userlandArguments, userlandRecipe } from '../../src/provider/qemu/image/userland.js';
import { hostileText, nodesOf, settings } from './settings.js';

const SHA256 = 'a'.repeat(64);
/** Every text that kernels.yaml can have, in one of them. */
const TREES = {
  qemu: {
    machine: { provider: 'qemu', cpus: 1, memory: '2GiB', disk_bus: 'nvme', accelerator: 'tcg' },
    guest: {
      os: 'debian',
      suite: 'bookworm',
      mirror: 'https://deb.example/debian',
      security_mirror: 'https://sec.example/debian',
      archive_mirror: 'https://old.example/debian',
      boot_kernel: { suite: 'bookworm', package: 'linux-image-amd64' },
    },
    docker: { source: 'deb', package: 'docker.io', image: 'nginx:1.14', image_archive: '/images/nginx.tar' },
    sequence: { limit: '100m' },
    kernels: [
      { name: '6.1', source: 'deb', suite: 'bookworm', package: 'linux-image-6.1.*', version: '6.1.1-1', sha256: SHA256, cmdline: ['a=b'] }, // prettier-ignore
      { name: 'own', source: 'file', path: '/boot/bzImage', modules: '/lib/modules/6', release: '6.0.0-own' },
    ],
  },
  ssh: {
    machine: {
      provider: 'ssh',
      host: 'vm.example',
      user: 'root',
      key: '/home/me/id',
      host_key: `ssh-ed25519 ${'A'.repeat(68)}`,
    },
    guest: { os: 'el7', vault_urls: ['https://vault.example/'], rpms: [{ rpm: 'perl-5.rpm', urls: ['https://a.example/p.rpm'], sha256: SHA256, signed_by: 'none' }] }, // prettier-ignore
    docker: {
      source: 'rpm',
      package: 'docker-ce',
      version: '17.06',
      urls: ['https://a.example/d.rpm'],
      image: 'nginx',
      image_urls: ['https://a.example/i.tar'],
      image_sha256: SHA256,
      registry_mirrors: ['https://r.example'],
      storage_driver: 'overlay2',
    },
    kernels: [{ name: 'el', source: 'rpm', rpm: 'kernel-3.rpm', release: '3.10.0', urls: ['https://a.example/k.rpm'], cmdline: ['x'] }], // prettier-ignore
  },
  vagrant: {
    machine: { provider: 'vagrant', box: 'a/b', box_urls: ['https://a.example/b.box'], box_sha256: SHA256, hypervisor: 'libvirt' }, // prettier-ignore
    kernels: [{ name: 'el', source: 'rpm', rpm: 'kernel-3.rpm', release: '3.10.0', signed_by: 'elrepo' }],
  },
};
type Base = keyof typeof TREES;

const ATTACKS = ['-x', '--setup-hook=id', 'a b', 'a\nb', 'x,y', '$(id)', '`id`', '%s', '..', '/etc', '-v/:/host', 'x;id', "x'", '\\', 'a|b', 'a\u2028b', '-']; // prettier-ignore
const attack = fc.oneof(fc.constantFrom(...ATTACKS), hostileText);
/** Alone, behind what is good, before it, and as another line. */
const spoilt = (good: string, bad: string) => [bad, `${good}${bad}`, `${bad}${good}`, `${good}\n${bad}`];

function planOf(tree: unknown): Plan | null {
  try {
    const text = stringify({ version: 1, profiles: { p: tree } });
    return selectPlan(parseConfig(text, '/etc/matrix/kernels.yaml', FORMAT), '/etc/matrix/kernels.yaml', FORMAT);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

/** The texts of a tree, each with what changes it in a copy. */
function texts<T extends object>(tree: T): { path: string; good: string; with: (value: string) => T }[] {
  return nodesOf(tree).flatMap(({ parent, key }, i) => {
    const good = parent[key];
    if (typeof good !== 'string') return [];
    const change = (value: string) => {
      const copy = structuredClone(tree);
      const node = nodesOf(copy)[i]!;
      node.parent[node.key] = value;
      return copy;
    };
    return [{ path: key, good, with: change }];
  });
}

/** What of a plan reaches this host's programs comes as it is, one word each. */
function expectLiteral(plan: Plan): void {
  for (const { good, path } of texts(plan)) {
    if (path === 'reason') continue;
    expect(good).not.toMatch(/^-/);
    expect(good).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  }
  if (plan.guest.os !== 'debian') return;
  const recipe = userlandRecipe(plan.guest, plan.docker);
  const words = userlandArguments(recipe, { archive: '/a', sources: '/s' });
  const end = words.indexOf('--');
  expect(words.slice(end + 1)).toEqual([plan.guest.suite, '/a', '/s']);
  expect(words.find((each) => each.startsWith('--include='))!.split(',')).toHaveLength(recipe.packages.length);
  const { mirror = 'https://deb.example/debian', suite } = plan.guest;
  expect(
    sourceLine(mirror, suite)
      .replace(/\[.*?\] /, '')
      .split(/\s/),
  ).toEqual(['deb', mirror, suite, 'main']);
  for (const { name, cgroup, cmdline, release = '6.1.0' } of plan.kernels) {
    const lines = menuEntry({ name, release, cgroup, cmdline, initramfs: false }, 'nvme').split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(`menuentry 'Linux ${release} (${name}, cgroup ${cgroup})' --id 'k-${name}' {`);
    expect(lines[0]!.split("'")).toHaveLength(5);
    expect(
      lines[1]!
        .trim()
        .split(/\s+/)
        .slice(-1 - cmdline.length),
    ).toEqual([`km.entry=k-${name}`, ...cmdline]);
    expect(lines[1]).not.toMatch(/['"$\\;{}|&<>]/);
  }
}

describe.each(Object.keys(TREES) as Base[])('a hostile value in a plan of provider %s', (name) => {
  const tree = TREES[name];
  const plan = planOf(tree)!;

  it('has a plan to begin with, that nothing is said against', () => {
    expect(checkPlan(plan)).toEqual([]);
    expectLiteral(plan);
  });

  it('of kernels.yaml is refused, or is one word', () => {
    const places = texts(tree);
    fc.assert(
      fc.property(fc.nat(places.length - 1), attack, (where, bad) => {
        const place = places[where]!;
        for (const value of spoilt(place.good, bad)) {
          const made = planOf(place.with(value));
          if (made === null) continue;
          expectLiteral(made);
          expect(checkPlan(made)).toEqual([]);
        }
      }),
      settings(60),
    );
  });

  it('of a run folder is refused with its key, or is one word', () => {
    const places = texts(plan);
    fc.assert(
      fc.property(fc.nat(places.length - 1), attack, (where, bad) => {
        const place = places[where]!;
        for (const value of spoilt(place.good, bad)) {
          const made = place.with(value);
          const problems = checkPlan(made);
          if (problems.length === 0) expectLiteral(made);
          else for (const each of problems) expect(each).toMatch(/^[a-z]\S*(\[\d+\])?\S*: expected /);
        }
      }),
      settings(300),
    );
  });

  it.each(ATTACKS.slice(0, 4))('is refused wherever a program of this host could take it for more: %j', (bad) => {
    for (const place of texts(plan)) expect(checkPlan(place.with(bad)), place.path).not.toEqual([]);
  });
});

/** An option as QEMU reads it (util/qemu-option.c, get_opt_value): a comma separates, two are one of the value. */
function qemuOption(text: string): string[] {
  return text
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ','));
}

describe('a hostile place of this host', () => {
  it('is one word to QEMU: a comma of a path ends no option', () => {
    const config = planOf(TREES.qemu)!.machine as QemuMachineConfig;
    const of = (overlay: string, console: string) => qemuArguments(config, 'tcg', { overlay, console, sshPort: 1 });
    const plain = of('/overlay', '/console');
    fc.assert(
      fc.property(attack, (bad) => {
        // The operating system has none with a NUL byte.
        const path = `/${bad.replaceAll('\0', '')}`;
        const words = of(path, path);
        expect(words).toHaveLength(plain.length);
        for (const [i, word] of words.entries()) {
          const good = qemuOption(plain[i]!).map((part) => part.replace(/\/(overlay|console)$/, path));
          expect(qemuOption(word)).toEqual(good);
        }
      }),
      settings(100),
    );
  });

  it('is one part of a path, whatever a URL has for a file name', () => {
    const coded = attack.map((bad) => encodeURIComponent(bad.replace(/[\ud800-\udfff]/g, 'x')).replaceAll('.', '%2E'));
    fc.assert(
      fc.property(fc.oneof(coded, fc.constantFrom('', 'a%2Fb', 'x%2F..%2F..%2Fetc', '%', '%ff')), (bad) => {
        const { docker, ...rest } = planOf(TREES.ssh)!;
        const plan = { ...rest, docker: { ...docker, image_urls: [`https://a.example/${bad}`] } };
        const found = artifactsOf(plan).find(({ use }) => use.kind === 'image')!;
        expect(found.artifact.name).toMatch(/^[^-./\s\p{Cc}][^/\s\p{Cc}]*$/u);
      }),
      settings(100),
    );
  });

  it('is no line of a list of sources', () => {
    fc.assert(
      fc.property(attack, fc.constantFrom('', 'https://a.example/', 'file:/'), (bad, before) => {
        for (const [uri, suite] of [
          [`${before}${bad}`, 'bookworm'],
          ['https://a.example', bad],
        ] as const) {
          let line: string;
          try {
            line = sourceLine(uri, suite);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
            continue;
          }
          expect(line.replace(/^deb (\[signed-by=\S*\] )?/, '').split(/\s/u)).toEqual([uri, suite, 'main']);
          expect(uri).toMatch(/^[a-z]/i);
          expect(suite).toMatch(/^[a-z]/);
        }
      }),
      settings(200),
    );
  });

  it('is no line of GRUB, whatever a package says of its release', () => {
    fc.assert(
      fc.property(attack, (release) => {
        try {
          const entry = menuEntry({ name: 'a', release, cgroup: 'v1', cmdline: [], initramfs: false }, 'nvme');
          expect(entry.split('\n')).toHaveLength(4);
          expect(entry.split("'")).toHaveLength(5);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      settings(100),
    );
  });
});
