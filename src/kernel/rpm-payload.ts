import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';

/**
 * Unpacks the files of an RPM into a folder; none of its scripts runs. Nothing is written outside the folder, and no link
 * that leads out of it stays: kernel packages have `build` and `source` links to headers that are not part of them.
 * @param name the RPM's name, for messages.
 * @throws UserError if its payload would write outside, or is damaged.
 */
export async function unpackRpm(rpm: string, name: string, folder: string, signal: AbortSignal): Promise<void> {
  const payload = join(folder, '.payload.cpio');
  await runTool('rpm2cpio', [rpm], { timeout: 300, purpose: `unpacking ${name}`, signal, stdoutFile: payload });
  refuseEscapes([...membersOf(payload, name)], name);
  // From inside the folder; owners stay those of whoever runs this.
  await runTool(
    'cpio',
    [
      ...['--extract', '--make-directories', '--no-absolute-filenames', '--no-preserve-owner', '--quiet'],
      '-F',
      payload,
    ],
    { cwd: folder, timeout: 300, purpose: `extracting ${name}`, signal },
  );
  await rm(payload);
  await dropOutsideLinks(folder);
}

interface PayloadMember {
  name: string;
  /** The type bits of st_mode. */
  type: number;
}

const TYPE = { mask: 0o170000, folder: 0o040000, file: 0o100000, link: 0o120000 } as const;

/** Bytes of a newc header: a magic of 6 and 13 fields of 8 hex digits (cpio(5), "New ASCII Format"). */
const HEADER = 110;

/**
 * The members of a newc archive, without their content.
 * @param name of the RPM it came from.
 * @throws UserError if it is none, or is cut off.
 */
export function* membersOf(archive: string, name: string): Generator<PayloadMember> {
  const file = openSync(archive, 'r');
  try {
    for (let at = 0; ;) {
      const header = readAt(file, at, HEADER, name).toString('latin1');
      if (!/^07070[12][0-9a-fA-F]{104}$/.test(header)) throw damaged(name, `no header at byte ${at}`);
      const field = (index: number) => parseInt(header.slice(6 + index * 8, 14 + index * 8), 16);
      const [member = ''] = readAt(file, at + HEADER, field(11), name)
        .toString('utf8')
        .split('\0', 1);
      if (member === 'TRAILER!!!') return;
      yield { name: member, type: field(1) & TYPE.mask };
      // Name and content both end at a multiple of four.
      at = align(align(at + HEADER + field(11)) + field(6));
    }
  } finally {
    closeSync(file);
  }
}

function align(position: number): number {
  return Math.ceil(position / 4) * 4;
}

function readAt(file: number, position: number, length: number, name: string): Buffer {
  const bytes = Buffer.alloc(length);
  if (readSync(file, bytes, 0, length, position) < length) throw damaged(name, `it ends at byte ${position}`);
  return bytes;
}

function damaged(name: string, why: string): UserError {
  return new UserError({ what: `${name} cannot be unpacked`, where: 'its payload, a cpio archive', why });
}

/**
 * GNU cpio 2.13 as Debian has it takes `..` and leading slashes off names, but writes through a link that it has just
 * made: link `lib/x` to a folder outside, then file `lib/x/y`. Nothing of an archive that tries either is unpacked.
 * @throws UserError
 */
function refuseEscapes(members: PayloadMember[], name: string): void {
  const refuse = (why: string) =>
    new UserError({ what: `${name} would write outside its folder`, why, next: 'do not use this package' });
  const links = new Set(members.filter(({ type }) => type === TYPE.link).map((each) => clean(each.name)));
  for (const member of members) {
    const parts = clean(member.name).split('/');
    if (parts.includes('..')) throw refuse(`member ${member.name} leads out of it`);
    if (![TYPE.file, TYPE.folder, TYPE.link].some((type) => type === member.type))
      throw refuse(`member ${member.name} is neither a file nor a folder nor a link`);
    const through = parts.map((_, end) => parts.slice(0, end).join('/')).find((parent) => links.has(parent));
    if (through !== undefined) throw refuse(`member ${member.name} lies behind the link ${through}`);
    if (member.type !== TYPE.link && links.has(parts.join('/')))
      throw refuse(`member ${member.name} is there twice, once as a link`);
  }
}

/** `./lib//x` and `/lib/x` as `lib/x`. */
function clean(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** Removes links that lead nowhere or out of a folder, so that whoever copies it follows none of them. */
async function dropOutsideLinks(folder: string): Promise<void> {
  const root = `${await realpath(folder)}/`;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const target = await realpath(path).catch(() => null);
    if (target === null || !target.startsWith(root)) await rm(path);
  }
}
