/** Damaged and hostile kernels.yaml: a plan in which nothing can do harm, or an error that names the place. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkPlan as problemsOf, loadPlan } from '../../src/cli/kernels-yaml.js';
import { ConfigError } from '../../src/config/errors.js';
import { type Plan, planSchema } from '../../src/config/plan.js';
import { quote } from '../../src/remote/quote.js';
import { safeName } from '../../src/report/paths.js';
import { at, hostileText, hostileValue, nodesOf, place, settings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'km-fuzz-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const FILE = join(folder, 'kernels.yaml');

const COMMITTED = readFileSync(join(import.meta.dirname, '../../kernels.yaml'), 'utf8');
const FULL = `version: 1
signing_keys: { mine: { fingerprint: ${'A1'.repeat(20)}, path: key.asc } }
profiles:
  a:
    machine: { provider: qemu, cpus: 2, memory: 3GiB, disk_bus: virtio, accelerator: tcg, ssh_port: 2222 }
    guest: { os: debian, suite: bullseye, mirror: 'https://deb.example/debian' }
    docker: { source: static, version: 17.06.2, image: 'nginx:1.14', storage_driver: vfs }
    sequence: { cycles: 5, limit: 100m, settle: 3s, max_directories: 1000 }
    timeouts: { boot: 5m, command: 60 }
    compare: { alpha: 0.01, tolerance: { capacity: 0 }, fails: [capacity] }
    kernels:
      - { name: own, source: file, path: ./bzImage, modules: lib/modules/1, cmdline: [quiet], expect: clean }
      - { name: '5.10', source: deb, suite: bullseye, package: 'linux-image-5.10.*', version: 5.10.1-1 }
  b:
    machine: { provider: ssh, host: example.org, port: 22, user: root, key: ~/.ssh/id }
    guest: { os: el7, package_sources: keep, rpms: [{ rpm: perl-5.rpm, urls: ['https://a.example/perl-5.rpm'] }] }
    kernels:
      - { name: el, source: rpm, rpm: kernel-3.10.rpm, release: 3.10.0, signed_by: mine, known_failure: { reason: why, until: 2027-01-31 } }
default_profile: [a, b]
`;
const BASES = { committed: COMMITTED, full: FULL };

/** A change of the tree, before it is written as YAML. */
type Change = (tree: Record<string, unknown>) => void;
const changed = fc.tuple(place, hostileValue).map<Change>(([where, value]) => (tree) => {
  const nodes = nodesOf(tree);
  const node = nodes[at(where, nodes.length)];
  if (node) node.parent[node.key] = value;
});
const gone = place.map<Change>((where) => (tree) => {
  const nodes = nodesOf(tree);
  const node = nodes[at(where, nodes.length)];
  if (node) delete node.parent[node.key];
});
const added = fc.tuple(place, hostileText, hostileValue).map<Change>(([where, key, value]) => (tree) => {
  const nodes = nodesOf(tree).filter(({ parent, key: own }) => typeof parent[own] === 'object' && parent[own] !== null);
  const node = nodes[at(where, nodes.length)];
  const target = (node ? node.parent[node.key] : tree) as object;
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
});
/** Text that is nearly good is what gets furthest: one hostile piece at the end of a value. */
const appended = fc.tuple(place, hostileText).map<Change>(([where, piece]) => (tree) => {
  const nodes = nodesOf(tree).filter(({ parent, key }) => typeof parent[key] === 'string');
  const node = nodes[at(where, nodes.length)];
  if (node) node.parent[node.key] = `${node.parent[node.key] as string}${piece}`;
});

/** A change of the bytes. */
type Damage = (bytes: Buffer) => Buffer;
const inserting =
  (piece: string | Uint8Array, where: number): Damage =>
  (bytes) => {
    const i = at(where, bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, i), Buffer.from(piece), bytes.subarray(i)]);
  };
const bomb = (levels: number, width: number) =>
  Array.from(
    { length: levels },
    (_, i) =>
      `b${i + 1}: &b${i + 1} [${Array(width)
        .fill(i === 0 ? 'x' : `*b${i}`)
        .join(', ')}]`,
  ).join('\n');
const PIECES = [
  '\t',
  '\r',
  '\u0000',
  '\u0085',
  '\u2028',
  '\ufeff',
  '&a',
  '*a',
  '*nobody',
  ' &a [*a]',
  '<<: *a\n',
  '<<: [{ a: 1 }, 5]\n',
  '&a { <<: *a }',
  '!!js/function "x"',
  '!!binary "AAAA"',
  '!!set { a }',
  '!<tag:x>',
  '%YAML 9.9\n---\n',
  '---\n',
  '...\n',
  '? [a, b]\n: c\n',
  '? &k { a: 1 }\n: *k\n',
  '__proto__: { polluted: true }\n',
  'constructor: { prototype: { polluted: true } }\n',
  'version: 1\n',
  '| \n  x\n',
  '>+9\n',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '#',
  '- ',
  '0x1F',
  '0o17',
  '1_000',
  '.inf',
  '.nan',
  '2027-01-31T00:00:00Z',
  'yes',
  '~',
  '"\\ud800"',
  '"\\x1b[31m"',
  '[['.repeat(20_000),
  '{a: '.repeat(20_000),
  '- '.repeat(20_000),
  '? '.repeat(5_000),
  `${bomb(9, 9)}\n`,
  `${bomb(30, 2)}\n`,
  `long: "${'x'.repeat(2 ** 20)}"\n`,
  `${'k'.repeat(2 ** 20)}: 1\n`,
  `${'a: &a\n '.repeat(300)}`,
  'é'.repeat(2 ** 16),
];
/** The large ones take long, and are tried one by one below. */
const some = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(...PIECES.filter(({ length }) => length < 5000)) },
  { weight: 1, arbitrary: fc.constantFrom(...PIECES.filter(({ length }) => length >= 5000)) },
);
const piece = fc.tuple(some, place).map(([text, where]) => inserting(text, where));
const lineOf = fc.tuple(some, place).map<Damage>(([text, where]) => (bytes) => {
  const lines = bytes.toString('latin1').split('\n');
  lines.splice(at(where, lines.length), 0, Buffer.from(text).toString('latin1'));
  return Buffer.from(lines.join('\n'), 'latin1');
});
const atEnds = fc.tuple(some, fc.boolean()).map(([text, end]) => inserting(text, end ? 0.999999 : 0));
const bytesIn = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 6 }), place)
  .map(([text, where]) => inserting(text, where));
const cut = fc.tuple(place, fc.integer({ min: 1, max: 200 })).map<Damage>(([where, length]) => (bytes) => {
  const i = at(where, bytes.length);
  return Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + length)]);
});
const twice = place.map<Damage>((where) => (bytes) => {
  const lines = bytes.toString('latin1').split('\n');
  const i = at(where, lines.length);
  lines.splice(i, 0, lines[i]!);
  return Buffer.from(lines.join('\n'), 'latin1');
});
const crlf = fc.constant<Damage>((bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'));
const bom = fc.constant(inserting('\ufeff', 0));
const utf16 = fc.constant<Damage>((bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'));

const base = fc.oneof(
  { weight: 3, arbitrary: fc.constant('full' as const) },
  { weight: 1, arbitrary: fc.constant('committed' as const) },
);
const changes = fc.array(fc.oneof(changed, gone, added, appended), { minLength: 1, maxLength: 3 });
const damages = fc.array(fc.oneof(piece, lineOf, atEnds, bytesIn, cut, twice, crlf, bom, utf16), {
  minLength: 1,
  maxLength: 2,
});

const written = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(base, changes).map(([name, all]) => changedText(name, all)) },
  { weight: 2, arbitrary: fc.tuple(base, damages).map(([name, all]) => all.reduce<Buffer>((bytes, each) => each(bytes), Buffer.from(BASES[name]))) }, // prettier-ignore
  { weight: 1, arbitrary: fc.tuple(base, changes, damages).map(([name, some, all]) => all.reduce<Buffer>((bytes, each) => each(bytes), changedText(name, some))) }, // prettier-ignore
);

function changedText(name: keyof typeof BASES, all: readonly Change[]): Buffer {
  const tree = parse(BASES[name]) as Record<string, unknown>;
  for (const change of all) change(tree);
  return Buffer.from(stringify(tree));
}

/** Seconds of a processor that one file may take: a hang is what is looked for. */
const LONGEST = 10;

function load(bytes: Uint8Array): Plan | ConfigError {
  writeFileSync(FILE, bytes);
  const begun = process.cpuUsage();
  try {
    return loadPlan(FILE);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error;
  } finally {
    expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(LONGEST);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  }
}

function checkError(error: ConfigError): void {
  expect(error.problems.length).toBeGreaterThan(0);
  for (const { file, line, column, message } of error.problems) {
    expect(message).not.toBe('');
    if (file === null) continue;
    expect(file).toBe(FILE);
    if (line !== null) expect(Math.min(line, column ?? 0)).toBeGreaterThan(0);
  }
  // Nothing in it steers the terminal it is printed on.
  // eslint-disable-next-line no-control-regex
  expect(error.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
}

const strings: string[] = [];
function checkPlan(plan: Plan): void {
  // What is written into the journal can be read from it again.
  const told = JSON.parse(JSON.stringify(plan)) as Plan;
  expect(planSchema.parse(told)).toEqual(told);
  // And gone on with.
  expect(problemsOf(told)).toEqual([]);
  expect(told).toEqual(plan);
  const names = plan.kernels.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    const own = join('/runs/x/kernels', safeName(name));
    expect(own.startsWith('/runs/x/kernels/')).toBe(true);
    expect(safeName(name)).toBe(name);
  }
  for (const { parent, key } of nodesOf(plan)) {
    const value = parent[key];
    if (typeof value !== 'string') continue;
    // eslint-disable-next-line no-control-regex
    expect(value).not.toMatch(/[\u0000-\u001f\u007f]/);
    expect(unquoted(quote(value))).toBe(value);
    strings.push(value);
  }
}

/** What a POSIX shell makes of one quoted word. */
function unquoted(word: string): string {
  if (!word.includes("'")) {
    expect(word).toMatch(/^[A-Za-z0-9_@%+=:,./-]+$/);
    return word;
  }
  return word.replaceAll(/'([^']*)'|\\(.)/g, (_, inner?: string, escaped?: string) => inner ?? escaped ?? '');
}

describe('a kernels.yaml that somebody else has made', () => {
  it('gives a plan in which nothing does harm, or an error that names the place', () => {
    const seen = { plans: 0, errors: 0 };
    fc.assert(
      fc.property(fc.noShrink(written), (bytes) => {
        const result = load(bytes);
        if (result instanceof ConfigError) checkError(result);
        else checkPlan(result);
        seen[result instanceof ConfigError ? 'errors' : 'plans'] += 1;
      }),
      settings(1000),
    );
    // Neither is a property of files that all go one way.
    expect(Math.min(seen.plans, seen.errors)).toBeGreaterThan(20);
    const all = [...new Set(strings)].slice(0, 500);
    const script = `for word in ${all.map(quote).join(' ')}; do printf '%s\\n' "$word"; done`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\n').slice(0, -1)).toEqual(all);
  });

  it.each(PIECES.map((text): [string, string] => [JSON.stringify(text.slice(0, 40)), text]))(
    'is read or refused, with %s',
    (_, text) => {
      const value = FULL.replace('cycles: 5', () => `cycles: ${text}`);
      // What is large is large wherever it stands.
      for (const where of text.length > 10_000
        ? [`${FULL}\n${text}`, value]
        : [text, `${text}\n${FULL}`, `${FULL}\n${text}`, value]) {
        const result = load(Buffer.from(where));
        if (result instanceof ConfigError) checkError(result);
        else checkPlan(result);
      }
    },
  );

  it('is found, or said not to be there, under every name', () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        try {
          loadPlan(resolve(folder, 'none', name));
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      settings(100),
    );
  });
});
