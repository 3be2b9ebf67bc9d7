/** Debian packages and an index made for a test, behind an apt that answers from a folder instead of a mirror. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

export interface DebHead {
  name: string;
  version: string;
  depends?: string | undefined;
}

export class DebArchive {
  private readonly index: string[] = [];

  /** @param root an empty folder of the test's own. */
  constructor(readonly root: string) {
    for (const each of ['bin', 'pool']) mkdirSync(join(root, each));
    const script = (name: string, text: string) => {
      writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(root, 'bin', name), 0o755);
    };
    script('apt-cache', `cat '${root}/index'`);
    // Its last word is the package as name=version.
    script(
      'apt-get',
      `for word; do last=$word; done
[ "$last" = update ] && exit 0
cp "${root}/pool/$last.deb" . || { echo 'E: Failed to fetch: 404 Not Found' >&2; exit 100; }`,
    );
    this.write();
  }

  /** What PATH has to be for the program to ask this archive. */
  get path(): string {
    return `${join(this.root, 'bin')}:/usr/bin:/bin:/usr/sbin:/sbin`;
  }

  /** Lists a package that nobody is to fetch. */
  list({ name, version, depends }: DebHead): void {
    this.index.push(`${controlOf({ name, version, depends })}Filename: none\nSize: 1\nSHA256: ${'0'.repeat(64)}\n`);
    this.write();
  }

  /** Builds a package of these files and lists it in the index. @returns its path. */
  add({ name, version, depends }: DebHead, files: Record<string, Buffer | string> = {}): string {
    const tree = mkdtempSync(join(this.root, 'tree-'));
    const control = controlOf({ name, version, depends });
    for (const [path, content] of Object.entries({ 'DEBIAN/control': control, ...files })) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), content);
    }
    const file = join(this.root, 'pool', `${name}=${version}.deb`);
    const built = spawnSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', tree, `${tree}.deb`], {
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(built.stderr);
    renameSync(`${tree}.deb`, file);
    const bytes = readFileSync(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.index.push(`${control}Filename: pool/${name}_${version}.deb\nSize: ${bytes.length}\nSHA256: ${sha256}\n`);
    this.write();
    return file;
  }

  /** Takes a package out of the index, as archives do. */
  withdraw(name: string): void {
    const left = this.index.filter((stanza) => !stanza.startsWith(`Package: ${name}\n`));
    this.index.splice(0, this.index.length, ...left);
    this.write();
  }

  private write(): void {
    writeFileSync(join(this.root, 'index'), this.index.join('\n'));
  }
}

function controlOf({ name, version, depends }: DebHead): string {
  const needs = depends === undefined ? '' : `Depends: ${depends}\n`;
  return `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: t <t@example.org>\n${needs}Section: kernel\nDescription: made for a test\n`;
}
