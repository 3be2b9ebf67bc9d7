import { shell as sh } from '../../remote/quote.js';
import { packageOf, type Action, type LocalFile, type RpmFile, type Step } from './steps.js';

/** Folder in the guest for files from this host. It survives a reboot, so an interrupted provision can continue. */
const FOLDER = '/var/lib/kernel-matrix';

/** Path in the guest of a copied file. */
export function placeOf(file: { name: string }): string {
  return `${FOLDER}/${file.name}`;
}

/** Command that succeeds if a file in the guest has this sha256. */
function isWhole(file: LocalFile): string {
  return sh`echo ${`${file.sha256}  ${placeOf(file)}`} | sha256sum -c --status -`;
}

/** Copies a file into the guest, under another name until it is complete. */
function copyIn(file: LocalFile): Action[] {
  const part = `${placeOf(file)}.part`;
  return [
    { command: sh`mkdir -p ${FOLDER} && cat > ${part}`, inputFile: file.path },
    { command: sh`mv ${part} ${placeOf(file)}` },
  ];
}

/** Step that copies an RPM into the guest, unless `installed` is already installed. */
export function copyRpm(rpm: RpmFile, installed: RpmFile = rpm): Step {
  return {
    name: `copy ${rpm.name}`,
    check: `${isInstalled(packageOf(installed))} || ${isWhole(rpm)}`,
    act: copyIn(rpm),
    why: 'downloaded and verified on this host: wget of CentOS 7.4 does not support current TLS, and its mirrors are gone',
    source: [],
    otherwise: `the copy of ${rpm.path} in the guest differs from the verified file (sha256 ${rpm.sha256}); is the disk full?`,
  };
}

/** Step that copies a file other than an RPM into the guest, unless the command `done` succeeds. */
export function copyFile(file: LocalFile, done: string): Step {
  return { ...copyRpm(file), name: `copy ${file.name}`, check: `${done} || ${isWhole(file)}` };
}

/** Command that succeeds if exactly this package (name-version-release.arch) is installed. */
export function isInstalled(name: string): string {
  return sh`rpm -q ${name} >/dev/null 2>&1`;
}
