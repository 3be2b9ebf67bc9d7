import { shell as sh } from '../../remote/quote.js';
import { packageOf, type Action, type LocalFile, type RpmFile, type Step } from './steps.js';

/** Where files from this host are put in the guest; survives a reboot, so that an interrupted provision goes on. */
export const FOLDER = '/var/lib/kernel-matrix';

/** Path in the guest of a file that is copied in. */
export function placeOf(file: { name: string }): string {
  return `${FOLDER}/${file.name}`;
}

/** Command that succeeds if a file in the guest has this sha256. */
function isWhole(file: LocalFile): string {
  return sh`echo ${`${file.sha256}  ${placeOf(file)}`} | sha256sum -c --status -`;
}

/** Copies a file in: under another name until it is whole, and only if its sha256 is right there too. */
function copyIn(file: LocalFile): Action[] {
  const part = `${placeOf(file)}.part`;
  return [
    { command: sh`mkdir -p ${FOLDER} && cat > ${part}`, inputFile: file.path },
    { command: sh`mv ${part} ${placeOf(file)}` },
  ];
}

/** Step that brings an RPM into the guest, unless `installed` is there already and it is no longer needed. */
export function copyRpm(rpm: RpmFile, installed: RpmFile = rpm): Step {
  return {
    name: `copy ${rpm.name}`,
    check: `${isInstalled(packageOf(installed))} || ${isWhole(rpm)}`,
    act: copyIn(rpm),
    why: 'fetched and verified on this host: wget of CentOS 7.4 fails on the TLS of today, and mirrors of its time are gone',
    source: [],
    otherwise: `the copy of ${rpm.path} in the guest is not what was verified here (sha256 ${rpm.sha256}): is the disk full?`,
  };
}

/** Step that brings in a file that is no RPM, unless `done` succeeds. */
export function copyFile(file: LocalFile, done: string): Step {
  return { ...copyRpm(file), name: `copy ${file.name}`, check: `${done} || ${isWhole(file)}` };
}

/** Command that succeeds if exactly this package (name-version-release.arch) is installed. */
export function isInstalled(name: string): string {
  return sh`rpm -q ${name} >/dev/null 2>&1`;
}
