import { describe, expect, it } from 'vitest';
import { FORMAT, loadPlan } from '../../src/cli/kernels-yaml.js';
import { CENTOS_7_KEY, DOCKER_CE_KEY, ELREPO_KEY } from '../../src/artifact/keys.js';
import { artifactsOf } from '../../src/run/plan-artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import { selectPlan } from '../../src/config/select.js';
import { fileURLToPath } from 'node:url';

const KERNELS_YAML = fileURLToPath(new URL('../../kernels.yaml', import.meta.url));

/** The plan of a Vagrant profile with these lines in it. */
function planOf(lines: string, keys = '') {
  const text = `version: 1\n${keys}profiles:\n  p:\n    machine: { provider: vagrant, box: c7 }\n${lines.replace(/^(?=.)/gm, '    ')}`;
  return selectPlan(parseConfig(text, '/etc/matrix/kernels.yaml', FORMAT), '/etc/matrix/kernels.yaml', FORMAT);
}
const ROW =
  'kernels: [{ name: a, source: rpm, release: 4.4.1, rpm: k.rpm, urls: [https://lab/k.rpm], signed_by: lab }]\n';
const LAB = 'signing_keys: { lab: { fingerprint: ABCD012345ABCD012345ABCD012345ABCD012345, path: lab.asc } }\n';

describe('what a plan needs from elsewhere', () => {
  it('is, for CentOS 7 as committed, Docker, three kernels and the box, each with what vouches for it', () => {
    const found = artifactsOf(loadPlan(KERNELS_YAML, { profile: 'centos7' }));
    expect(found.map(({ use, artifact }) => [use.kind, artifact.name, artifact.key ?? artifact.sha256])).toEqual([
      ['docker', 'docker-ce-17.06.2.ce-1.el7.centos.x86_64.rpm', DOCKER_CE_KEY],
      ['kernel', 'kernel-3.10.0-693.21.1.el7.x86_64.rpm', CENTOS_7_KEY],
      ['kernel', 'kernel-lt-4.4.159-1.el7.elrepo.x86_64.rpm', ELREPO_KEY],
      ['kernel', 'kernel-ml-4.18.12-1.el7.elrepo.x86_64.rpm', ELREPO_KEY],
      [
        'machine',
        'CentOS-7-x86_64-Vagrant-1803_01.VirtualBox.box',
        'b24c912b136d2aa9b7b94fc2689b2001c8d04280cf25983123e45b6a52693fb3',
      ],
    ]);
    for (const { artifact } of found) expect(artifact.urls.length).toBeGreaterThan(0);
  });

  it("is nothing for the embedded profile, whose packages apt's own signatures vouch for", () => {
    expect(artifactsOf(loadPlan(KERNELS_YAML, { profile: 'embedded' }))).toEqual([]);
  });

  it('has the key of signing_keys where a row names it', () => {
    const [, kernel] = artifactsOf(planOf(ROW, LAB));
    expect(kernel!.artifact).toMatchObject({
      name: 'k.rpm',
      signature: 'rpm',
      key: {
        owner: 'lab',
        fingerprint: 'ABCD012345ABCD012345ABCD012345ABCD012345',
        name: 'RPM-GPG-KEY-lab',
        urls: ['file:///etc/matrix/lab.asc'],
      },
    });
  });

  it('has dependencies and programs where no package source of the guest has them', () => {
    const hash = 'ab'.repeat(32);
    const plan = planOf(
      `guest: { os: el7, package_sources: none, rpms: [{ rpm: perl-5.16.3.rpm, urls: [] }] }\n` +
        `docker: { dependencies: [{ rpm: libcgroup-0.41.rpm, signed_by: none, sha256: ${hash} }] }\n${ROW}`,
      LAB,
    );
    const found = artifactsOf(plan);
    expect(found.map(({ use }) => use.kind)).toEqual(['docker', 'dependency', 'program', 'kernel']);
    expect(found[1]!.artifact).toEqual({ name: 'libcgroup-0.41.rpm', urls: [], sha256: hash });
    expect(found[2]!.artifact.key).toBe(CENTOS_7_KEY);
  });

  it('has the archive of the image by its last URL part, or as a file of the user’s own', () => {
    const hash = 'cd'.repeat(32);
    const image = (docker: string) =>
      artifactsOf(planOf(`docker: ${docker}\n${ROW}`, LAB)).find(({ use }) => use.kind === 'image');
    expect(image(`{ image_urls: [https://lab/a/nginx%2B1.tar], image_sha256: ${hash} }`)!.artifact).toEqual({
      name: 'nginx+1.tar',
      urls: ['https://lab/a/nginx%2B1.tar'],
      sha256: hash,
    });
    expect(image('{ image_archive: images/nginx.tar }')).toMatchObject({ ownFile: '/etc/matrix/images/nginx.tar' });
    expect(image('{}')).toBeUndefined();
  });
});
