/** A `vagrant` on PATH that records its arguments and environment, and answers as the real one does. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the real one answers, seen with Debian's Vagrant 2.3.4 and vagrant-libvirt. */
const SCRIPT = (folder: string) => `#!/bin/sh
F=${folder}
mkdir $F/busy 2>/dev/null || echo overlap >> $F/overlaps
echo "$*|$KERNEL_MATRIX_VAGRANT_SETTINGS|$VAGRANT_DOTFILE_PATH|$VAGRANT_CWD" >> $F/calls
if [ -e $F/slow ]; then sleep 0.1; fi
code=0
case $1 in
  up)
    echo "Bringing machine '$2' up with 'libvirt' provider..."
    printf '    %s: Progress: 1%%\\r    %s: Progress: 99%%\\r' $2 $2
    printf '\\n==> %s: Starting domain.\\n' $2
    if [ -e $F/panic ]; then cat $F/panic >> "$(sed -n 's/.*"console": "\\(.*\\)".*/\\1/p' "$KERNEL_MATRIX_VAGRANT_SETTINGS")"; sleep 30; fi
    if [ -e $F/up-fails ]; then echo 'Call to virDomainCreate failed: no such network' >&2; code=1; fi ;;
  ssh-config)
    if [ -e $F/ssh-config ]; then cat $F/ssh-config; else printf 'Host %s\\n  HostName 127.0.0.1\\n  User vagrant\\n  Port 2207\\n  UserKnownHostsFile /dev/null\\n  StrictHostKeyChecking no\\n  PasswordAuthentication no\\n  IdentityFile "/home/a b/.vagrant.d/insecure_private_key"\\n  IdentitiesOnly yes\\n  LogLevel FATAL\\n\\n' $2; fi ;;
  box) if [ $2 = list ]; then cat $F/boxes; fi ;;
  destroy)
    if [ -e $F/name-taken ] && [ -s $F/domains ]; then echo 'Name of domain about to create is already taken.' >&2; code=1; fi
    if [ -e $F/destroy-fails ]; then echo 'libvirt is not running' >&2; code=1; fi ;;
esac
rmdir $F/busy 2>/dev/null
exit $code
`;

/** A libvirt that holds the domains and disks of two files; its answers are those of virsh 9.0 with --quiet. */
const VIRSH = (folder: string) => `#!/bin/sh
F=${folder}
shift 3
echo "$*" >> $F/virsh-calls
if [ -e $F/virsh-fails ]; then echo 'error: failed to connect to the hypervisor' >&2; exit 1; fi
case $1 in
  list) cat $F/domains 2>/dev/null ;;
  pool-list) echo 'default             ' ;;
  vol-list) while read -r name; do printf ' %s   /pool/%s\n' "$name" "$name"; done < $F/volumes ;;
  undefine) grep -vxF -- "$4" $F/domains > $F/domains.new; mv $F/domains.new $F/domains ;;
  vol-delete) grep -vxF -- "$4" $F/volumes > $F/volumes.new; mv $F/volumes.new $F/volumes ;;
esac
exit 0
`;

export class FakeVagrant {
  constructor(readonly folder: string) {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    this.holds([], []);
    for (const [name, text] of [
      ['vagrant', SCRIPT(folder)],
      ['virsh', VIRSH(folder)],
    ] as const) {
      const file = join(folder, 'bin', name);
      writeFileSync(file, text);
      chmodSync(file, 0o755);
    }
  }

  /** PATH with it in front. */
  get path(): string {
    return `${join(this.folder, 'bin')}:${process.env['PATH'] ?? ''}`;
  }

  /** The words of each call. */
  calls(): string[] {
    return this.lines().map((line) => line.split('|')[0] ?? '');
  }

  /** Calls with their environment: words | settings | dotfile | cwd. */
  lines(): string[] {
    const file = join(this.folder, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  get overlapped(): boolean {
    return existsSync(join(this.folder, 'overlaps'));
  }

  /** Has libvirt hold these. */
  holds(domains: string[], volumes: string[]): void {
    writeFileSync(join(this.folder, 'domains'), domains.map((each) => `${each}\n`).join(''));
    writeFileSync(join(this.folder, 'volumes'), volumes.map((each) => `${each}\n`).join(''));
  }

  /** What libvirt holds. */
  held(): { domains: string[]; volumes: string[] } {
    const of = (file: string) => readFileSync(join(this.folder, file), 'utf8').split('\n').filter(Boolean);
    return { domains: of('domains'), volumes: of('volumes') };
  }

  set(
    file: 'slow' | 'panic' | 'up-fails' | 'destroy-fails' | 'name-taken' | 'virsh-fails' | 'boxes' | 'ssh-config',
    text = '',
  ): void {
    writeFileSync(join(this.folder, file), text);
  }
}
