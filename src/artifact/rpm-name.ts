import { rm } from 'node:fs/promises';
import { plain } from '../base/text/plain.js';
import { scratchFolder } from '../host/cache.js';
import { runTool } from '../host/tool.js';
import { CHECK_SECONDS } from './openpgp.js';
import { WrongContent } from './wrong-content.js';

/** The file name of a package by rpm's rules. For a source package, ARCH in the header is the build architecture. */
const FILE_NAME = '%{NAME}-%{VERSION}-%{RELEASE}.%|SOURCERPM?{%{ARCH}}:{src}|.rpm\n';

/**
 * Checks that a package with a verified signature is the one in its file name. A signer signs many packages, so a place could serve an
 * older or another package under this name.
 * @param wanted `name-version-release.arch.rpm`.
 * @throws WrongContent if the header has another name.
 */
export async function requireRpmName(file: string, wanted: string, signal?: AbortSignal): Promise<void> {
  const home = scratchFolder('rpm');
  try {
    const { stdout } = await runTool(
      'rpm',
      ['--dbpath', home, '-qp', '--nosignature', '--queryformat', FILE_NAME, file],
      {
        timeout: CHECK_SECONDS,
        purpose: 'reading the name of a package',
        signal,
        env: { HOME: home, XDG_CONFIG_HOME: home },
      },
    );
    const [found = ''] = stdout.split('\n');
    if (found === wanted) return;
    throw new WrongContent({
      what: `it is another package of the same signer: ${plain(found) || 'one without a name'}`,
      where: file,
      why: `wanted ${wanted}; its header says ${plain(found)}`,
      next: 'get it from another place, or correct the file name in kernels.yaml',
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
