/** A new source of kernels is one object and one line of the table: everything else asks the table. */
import { parseJournal } from '../../src/scenario/journal.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { checkPlan, listProfiles, loadPlan } from '../../src/cli/kernels-yaml.js';
import { describePlan } from '../../src/cli/describe-plan.js';
import { trustedPlan } from '../../src/cli/resume.js';
import type * as fields from '../../src/config/fields.js';
import type * as table from '../../src/kernel/index.js';
import type { RowOf } from '../../src/config/row.js';
import { needsOf } from '../../src/doctor/needs.js';
import { resolveKernel } from '../../src/kernel/resolve.js';
import type { KernelSource } from '../../src/kernel/source.js';
import { kernelChecks } from '../../src/kernel/table.js';
import { journalText } from '../../src/journal/lines.js';
import { artifactsOf } from '../../src/run/plan-artifacts.js';
import { schedule } from '../../src/run/schedule/schedule.js';
import { jsonSchemaText } from '../../scripts/json-schema.js';
import { JournalBuilder } from '../fixtures/build.js';

vi.mock('../../src/kernel/index.js', async (importOriginal) => {
  const { KERNEL_SOURCES } = await importOriginal<typeof table>();
  return { KERNEL_SOURCES: [...KERNEL_SOURCES, await toySource()] };
});

/** A kernel out of a build farm: a tag, and a folder beside kernels.yaml. */
async function toySource(): Promise<KernelSource> {
  const { packageVersion, path } = await vi.importActual<typeof fields>('../../src/config/fields.js');
  const schema = { tag: packageVersion.default('1'), beside: path };
  type ToyRow = RowOf<'toy', typeof schema>;
  const source: KernelSource<ToyRow> = {
    ...{ id: 'toy', schema, paths: ['beside'], installable: false },
    rules: ({ tag }, at) => (tag === '13' ? [{ path: [...at, 'tag'], expected: 'a lucky tag' }] : []),
    needs: [{ package: 'toybox', provides: 'toy-build', why: 'builds toys' }],
    artifacts: ({ tag }) => [
      { name: `toy-${tag}.tar`, urls: ['https://toys.example/toy.tar'], sha256: 'a'.repeat(64) },
    ],
    resolve: ({ tag, beside }, { files }) =>
      Promise.resolve({
        ...{ release: `6.1.${tag}`, vmlinuz: `${beside}/vmlinuz`, moduleRoot: null, source: 'toy', package: null },
        ...{ version: tag, origin: files?.[0]?.place ?? '', sha256: 'b'.repeat(64), files: [] },
      }),
    pin: (row, { version }) => ({
      row: { ...row, tag: version ?? row.tag },
      problems: [],
    }),
    describe: ({ tag }) => `toy number ${tag}`,
    checks: (rows) => [() => rows.map(({ name, tag }) => ({ ok: true, topic: name, detail: `toy ${tag}` }))],
  };
  return source;
}

const folder = mkdtempSync(join(tmpdir(), 'km-toy-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A kernels.yaml with one row. */
function fileWith(row: string, more = ''): string {
  const file = join(folder, 'kernels.yaml');
  writeFileSync(file, `version: 1\nprofiles:\n  p:\n${more}    kernels: [{ name: t, source: toy, ${row} }]\n`);
  return file;
}

describe('a source that is added to the table', () => {
  const plan = loadPlan(fileWith('beside: toys, tag: 7'));
  const [row] = plan.kernels;

  it('is accepted in kernels.yaml, its defaults filled in and its paths absolute', () => {
    expect(row).toEqual({
      name: 't',
      source: 'toy',
      tag: '7',
      beside: join(folder, 'toys'),
      cgroup: 'v1',
      cmdline: [],
    });
    expect(loadPlan(fileWith('beside: toys')).kernels[0]).toMatchObject({ tag: '1' });
  });

  it('refuses what it does not allow, with the position', () => {
    const file = fileWith('beside: toys, tag: 13');
    expect(() => loadPlan(file)).toThrow(`${file}:4:58: profiles.p.kernels[0].tag: expected a lucky tag, got 13`);
    expect(() => loadPlan(fileWith('beside: toys, colour: red'))).toThrow('expected one of the keys name, ');
    expect(() => listProfiles(fileWith('tag: 1'))).toThrow('kernels[0].beside: expected a path');
    const el7 = fileWith('beside: toys', '    machine: { provider: vagrant, box: b }\n');
    expect(() => loadPlan(el7)).toThrow('expected rpm, as a guest with os: el7 installs its kernels, got toy');
  });

  it('is known to editors', () => {
    expect(jsonSchemaText()).toContain('"const": "toy"');
  });

  it('is checked in a plan that comes from elsewhere', () => {
    expect(checkPlan(plan)).toEqual([]);
    const tampered = { ...plan, kernels: [{ ...row!, tag: '$(x)', beside: '../toys' }] };
    expect(checkPlan(tampered)).toEqual([
      expect.stringMatching(/^kernels\[0\]\.tag: expected a package version .*, got "\$\(x\)"$/),
      'kernels[0].beside: expected an absolute path on one line, got ../toys',
    ]);
  });

  it('is described, has its files fetched, its programs installed and its rows looked at', async () => {
    const order = schedule(plan.kernels, { machines: 1, cycles: 1, past: [], accelerator: null });
    expect(describePlan(plan, 'a reason', order)).toContain('toy number 7');
    expect(artifactsOf(plan)).toEqual([
      { use: { kind: 'kernel', row: 't' }, artifact: expect.objectContaining({ name: 'toy-7.tar' }) as object },
    ]);
    expect(needsOf(plan)).toContainEqual(expect.objectContaining({ provides: 'toy-build' }));
    const [check] = kernelChecks(plan).slice(-1);
    expect(await check!()).toEqual([{ ok: true, topic: 't', detail: 'toy 7' }]);
  });

  it('is resolved with the files that were fetched, and held to its release', async () => {
    const files = [{ name: 'toy-7.tar', path: '/cache/toy-7.tar', sha256: 'a'.repeat(64), place: 'the farm' }];
    const context = {
      ...{ files, mirrors: { main: '', security: '' } },
      ...{ onProgress: () => undefined, signal: new AbortController().signal },
    };
    expect(await resolveKernel(row!, context)).toMatchObject({ release: '6.1.7', origin: 'the farm' });
    await expect(resolveKernel({ ...row!, release: '6.1.8' }, context)).rejects.toThrow('kernel t is 6.1.7');
  });

  it('is in a journal, and pinned to what was found when the run is resumed', () => {
    const journal = new JournalBuilder(plan.kernels);
    const found = { source: 'toy', release: '6.1.9', package: null, version: '9', origin: 'the farm', files: [] };
    journal.add({ kind: 'artifact.resolved', kernel: 't', ...found, sha256: 'b'.repeat(64) });
    expect(parseJournal(journalText(journal.events)).events[0]).toMatchObject({ plan: { kernels: [{ tag: '7' }] } });
    const resumed = trustedPlan(journal.facts(), folder, { config: 'none.yaml', yes: true });
    expect(resumed.rows).toEqual([{ ...row!, tag: '9' }]);
  });
});
