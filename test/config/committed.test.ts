import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FORMAT, listProfiles, loadPlan } from '../../src/cli/kernels-yaml.js';
import { artifactsOf } from '../../src/run/plan-artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import { selectPlan } from '../../src/config/select.js';
import { jsonSchemaText } from '../../scripts/json-schema.js';

const KERNELS_YAML = fileURLToPath(new URL('../../kernels.yaml', import.meta.url));

describe('kernels.yaml as committed', () => {
  it("runs three of Debian's kernels by default", () => {
    const plan = loadPlan(KERNELS_YAML);
    expect(plan.profile).toBe('embedded');
    expect(plan.kernels.map((row) => `${row.name} ${row.cgroup} ${row.expect}`)).toEqual([
      '5.10 v1 clean',
      '6.1 v1 clean',
      '6.12 v2 clean',
    ]);
    expect(loadPlan(KERNELS_YAML, { automaticJobs: () => 7 }).jobs).toBe(7);
  });

  it("declares the original report's kernels and what is expected of them", () => {
    const plan = loadPlan(KERNELS_YAML, { profile: 'centos7' });
    expect(plan.kernels.map((row) => [row.release, row.expect])).toEqual([
      ['3.10.0-693.21.1.el7.x86_64', 'leaks'],
      ['4.4.159-1.el7.elrepo.x86_64', 'clean'],
      ['4.18.12-1.el7.elrepo.x86_64', 'clean'],
    ]);
    expect(plan.docker).toMatchObject({ source: 'rpm', version: '17.06.2.ce-1.el7.centos' });
  });

  it('runs the same kernels without Vagrant, with the same Docker from its static archive', () => {
    const plan = loadPlan(KERNELS_YAML, { profile: 'centos7-kernels' });
    expect(plan.kernels).toEqual(loadPlan(KERNELS_YAML, { profile: 'centos7' }).kernels);
    expect(plan.machine).toMatchObject({ provider: 'qemu', disk_bus: 'virtio' });
    expect(plan.guest).toMatchObject({ os: 'debian', suite: 'bullseye' });
    expect(plan.docker).toMatchObject({ source: 'static', version: '17.06.2-ce' });
    expect(artifactsOf(plan).map(({ artifact }) => [artifact.name, artifact.key?.owner ?? artifact.sha256])).toEqual([
      ['docker-17.06.2-ce.tgz', 'a15f62533e773c40029a61784a5a1c5bc7dd21e0beb5402fda109f80e1f2994d'],
      ['kernel-3.10.0-693.21.1.el7.x86_64.rpm', expect.stringContaining('CentOS')],
      ['kernel-lt-4.4.159-1.el7.elrepo.x86_64.rpm', expect.stringContaining('ELRepo')],
      ['kernel-ml-4.18.12-1.el7.elrepo.x86_64.rpm', expect.stringContaining('ELRepo')],
    ]);
  });

  it('names its profiles', () => {
    expect(listProfiles(KERNELS_YAML)).toEqual({
      names: ['embedded', 'centos7', 'centos7-kernels'],
      defaults: ['centos7', 'embedded'],
    });
  });

  it('stays right when its commented rows are used', () => {
    const text = readFileSync(KERNELS_YAML, 'utf8').replace(/^( {6})# ((?:- name| {2}\w+):.*)$/gm, '$1$2');
    const plan = selectPlan(parseConfig(text, KERNELS_YAML, FORMAT), KERNELS_YAML, FORMAT);
    expect(plan.kernels.map((row) => row.name)).toEqual(['5.10', '6.1', '6.12', 'newest', 'mine']);
    expect(plan.kernels[4]).toMatchObject({
      source: 'file',
      path: resolve(KERNELS_YAML, '../../linux/arch/x86/boot/bzImage'),
    });
  });

  it('has the schema for editors on its first line', () => {
    expect(readFileSync(KERNELS_YAML, 'utf8')).toMatch(/^# yaml-language-server: \$schema=\.\/kernels\.schema\.json\n/);
  });
});

describe('kernels.schema.json', () => {
  it('is what `npm run schema` writes', () => {
    expect(readFileSync(resolve(KERNELS_YAML, '../kernels.schema.json'), 'utf8')).toBe(jsonSchemaText());
  });
});
