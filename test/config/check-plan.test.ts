/** A plan that comes from elsewhere is held to what kernels.yaml is held to. */
import { parseJournal } from '../../src/scenario/journal.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPlan, listProfiles, loadPlan } from '../../src/cli/kernels-yaml.js';
import type { Plan } from '../../src/config/plan.js';
import { planOf, profile } from './helpers.js';

const COMMITTED = join(import.meta.dirname, '../../kernels.yaml');
const FILE = 'kernels: [{ name: own, source: file, path: ./bzImage, modules: lib/modules/1, release: 6.1.0 }]';
const SSH = profile(
  `machine: { provider: ssh, host: vm.example, user: root, key: ~/.ssh/id, consent: true }
guest: { os: el7, rpms: [{ rpm: perl-5.rpm, sha256: ${'a'.repeat(64)}, signed_by: none }] }
docker: { image_urls: ['https://a.example/nginx.tar'], image_sha256: ${'b'.repeat(64)} }`,
  'kernels: [{ name: el, source: rpm, rpm: kernel-3.10.rpm, release: 3.10.0, cmdline: [a=b], signed_by: mine }]',
).replace('profiles:', `signing_keys: { mine: { fingerprint: ${'A1'.repeat(20)}, path: key.asc } }\nprofiles:`);
const PLANS: Record<string, Plan> = {
  ...Object.fromEntries(listProfiles(COMMITTED).names.map((name) => [name, loadPlan(COMMITTED, { profile: name })])),
  'a file of one’s own': planOf(profile('docker: { source: static, version: 17.06.2-ce }', FILE)),
  'an existing host': planOf(SSH),
  vagrant: planOf(profile('machine: { provider: vagrant, box: a/b, memory: 8GiB }\nguest: { os: el7 }', SSH.split('\n').at(-2)!.trim().replace('mine', 'elrepo'))), // prettier-ignore
};

describe('checkPlan', () => {
  it.each(Object.keys(PLANS))('has nothing against a plan that was made of a kernels.yaml: %s', (name) => {
    expect(checkPlan(PLANS[name]!)).toEqual([]);
  });

  it('has nothing against folders of any name, nor against a part that has no row', () => {
    const plan = PLANS['a file of one’s own']!;
    expect(checkPlan({ ...plan, file: '/home/my name, too/kernels.yaml', kernels: [] })).toEqual([]);
  });

  it.each(['real-run.jsonl', 'three-kernels.jsonl'])('has nothing against the plan of a run: %s', (name) => {
    const [start] = parseJournal(readFileSync(join(import.meta.dirname, '../fixtures', name))).events;
    expect(start?.kind === 'run.started' && checkPlan(start.plan)).toEqual([]);
  });
});
