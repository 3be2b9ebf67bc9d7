/**
 * A CentOS 7 guest in a folder: commands of the recipe are run by a real `sh`, with /etc, /boot and /var moved below the
 * folder and the programs that change a system replaced by small ones that keep their state in it. So the shell text itself
 * is tested: quoting, redirections, exit codes.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RpmFile } from '../../../src/guest/el7/steps.js';
import type { CommandOptions, CommandResult, Session } from '../../../src/remote/session.js';

const MKCONFIG = `
test "$1" = -o || exit 9
out=$2
{
  grep -q '^GRUB_DEFAULT=saved' $ROOT/etc/default/grub && echo '   set default="\${saved_entry}"' || echo '   set default="0"'
  for image in $ROOT/boot/vmlinuz-*; do
    r=\${image##*/vmlinuz-}
    echo "menuentry 'CentOS Linux ($r) 7 (Core)' --class centos {"
    echo "	linux16 /vmlinuz-$r root=/dev/sda1 ro"
    test -e $ROOT/boot/initramfs-$r.img && echo "	initrd16 /initramfs-$r.img"
    echo '}'
  done
} > $out.new && cat $out.new > $out && rm $out.new
`;

/** Programs of the guest. `rpm -q` knows what a file of its name stands for. */
const PROGRAMS: Record<string, string> = {
  rpm: `case $1 in
  -q) test -e $ROOT/rpmdb/$2 ;;
  -ivh) n=$(basename $3 .rpm); r=$(echo $n | sed 's/^kernel-\\(lt-\\|ml-\\)\\{0,1\\}//')
    touch $ROOT/rpmdb/$n; echo image > $ROOT/boot/vmlinuz-$r
    test -e $ROOT/broken-dracut || echo initramfs > $ROOT/boot/initramfs-$r.img ;;
esac`,
  yum: `for f in "$@"; do case $f in *.rpm) touch $ROOT/rpmdb/$(basename "$f" .rpm) ;; perl) touch $ROOT/perl ;; esac; done`,
  perl: 'test -e $ROOT/perl',
  systemctl: `case $1 in
  is-enabled) test -e $ROOT/enabled ;; enable) touch $ROOT/enabled ;;
  is-active) test -e $ROOT/running ;; *) cp $ROOT/etc/docker/daemon.json $ROOT/running ;;
esac`,
  docker: `case $1 in
  version) test -e $ROOT/running ;;
  info) sed -n 's/.*"storage-driver": "\\(.*\\)".*/\\1/p' $ROOT/running ;;
  image) test -e "$ROOT/images/$3" ;;
  pull) touch "$ROOT/images/$2" ;;
  load) touch "$ROOT/images/$(cat $3)" ;;
esac`,
  depmod: 'true',
  dracut: 'test -e $ROOT/full-boot || echo initramfs > $2',
  'grub2-mkconfig': MKCONFIG,
  grubby: `case $1 in
  --info=*) cat "$ROOT/args" 2>/dev/null ;;
  --update-kernel=*) printf 'args="ro %s"\\n' "\${2#--args=}" > $ROOT/args ;;
esac`,
};

export class Sandbox implements Session {
  readonly machine = 'm1';
  readonly root = mkdtempSync(join(tmpdir(), 'km-el7-'));
  readonly commands: string[] = [];
  /** Called before each command; throws to interrupt. */
  before: (command: string) => void = () => undefined;

  constructor() {
    for (const folder of ['bin', 'etc/yum.repos.d', 'etc/default', 'boot/grub2', 'rpmdb', 'images', 'var/lib', 'host'])
      mkdirSync(join(this.root, folder), { recursive: true });
    for (const [name, text] of Object.entries(PROGRAMS)) {
      const file = join(this.root, 'bin', name);
      writeFileSync(file, `#!/bin/sh\nROOT=${this.root}\n${text}\n`);
      chmodSync(file, 0o755);
    }
    writeFileSync(join(this.root, 'etc/yum.repos.d/CentOS-Base.repo'), '[base]\nmirrorlist=http://gone\n');
    writeFileSync(join(this.root, 'etc/default/grub'), 'GRUB_TIMEOUT=1\nGRUB_DEFAULT=0');
    writeFileSync(join(this.root, 'boot/grub2/grub.cfg'), '');
    symlinkSync('../boot/grub2/grub.cfg', join(this.root, 'etc/grub2.cfg'));
  }

  run(command: string, options: CommandOptions): Promise<CommandResult> {
    this.commands.push(command);
    this.before(command);
    const moved = command.replace(/(?<![\w.])\/(etc|boot|var)\//g, `${this.root}/$1/`);
    const input = options.inputFile === undefined ? '' : readFileSync(options.inputFile);
    const { status, stdout, stderr } = spawnSync('sh', ['-c', moved], {
      cwd: this.root,
      input,
      encoding: 'utf8',
      env: { PATH: `${join(this.root, 'bin')}:/usr/bin:/bin` },
    });
    return Promise.resolve({ code: status ?? 255, stdout, stderr, seconds: 0 });
  }

  close(): void {}

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  touch(path: string): void {
    writeFileSync(join(this.root, path), '');
  }

  /** An RPM on the host's side. */
  rpm(name: string, content = name): RpmFile {
    const path = join(this.root, 'host', name);
    writeFileSync(path, content);
    return { name, path, sha256: createHash('sha256').update(content).digest('hex') };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
