import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A package that wraps files which exist already. */
export interface WrappedPackage {
  name: string;
  epoch?: number;
  version: string;
  release: string;
  arch: 'x86_64' | 'noarch';
  /** Capabilities, as a spec writes them. */
  requires?: string[];
  provides?: string[];
  /** Folder that holds what goes below /; none for a package without files. */
  tree?: string;
  /** Shell text by the scriptlet's name: pre, post, posttrans, preun. */
  scripts?: Partial<Record<'pre' | 'post' | 'posttrans' | 'preun', string>>;
}

/** The file name rpmbuild gives a package. */
export function fileNameOf({ name, version, release, arch }: WrappedPackage): string {
  return `${name}-${version}-${release}.${arch}.rpm`;
}

/**
 * The spec of a package. Its dependencies are only those it names: what rpmbuild would read out of Debian's binaries is not
 * what the RPM it stands for depends on. The payload is zstd, which an emulated guest unpacks fastest.
 */
export function specOf(wrapped: WrappedPackage): string {
  const { tree } = wrapped;
  const lines = [
    '%define _binary_payload w3.zstdio',
    `Name: ${wrapped.name}`,
    ...(wrapped.epoch === undefined ? [] : [`Epoch: ${wrapped.epoch}`]),
    `Version: ${wrapped.version}`,
    `Release: ${wrapped.release}`,
    `Summary: Stand-in for tests`,
    'License: as the Debian packages it wraps',
    ...(wrapped.arch === 'noarch' ? ['BuildArch: noarch'] : []),
    'AutoReqProv: no',
    ...(wrapped.requires ?? []).map((each) => `Requires: ${each}`),
    ...(wrapped.provides ?? []).map((each) => `Provides: ${each}`),
    '%description',
    'Wraps files of Debian under the name, version and dependencies of the package it stands for.',
    '%install',
    ...(tree === undefined ? [] : [`cp -a '${tree}/.' '%{buildroot}/'`]),
    ...Object.entries(wrapped.scripts ?? {}).map(([name, text]) => `%${name}\n${text}`),
    '%files',
    '%defattr(-,root,root)',
    ...(tree === undefined ? [] : filesBelow(tree).map((path) => `"/${path}"`)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Folders are left to the file system they are in: they belong to other packages too. */
function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
