import { z } from 'zod';
import { DURATION_PATTERN, LIMIT_PATTERN, MEMORY_PATTERN, parseDuration, parseLimit, parseMemory } from './units.js';
import { oneOf } from './suggest.js';

/*
 * The kinds of values in kernels.yaml. The `error` of each says what is expected, as a noun phrase; load.ts makes
 * "expected ..., got ..." of it. Patterns are narrow on purpose: these values end up in command lines, GRUB menus,
 * file names and URLs, and while they are quoted there, none of them has a use for quotes, spaces or `$(...)`.
 */

/** What a text of each kind is, by the words that errors have for it. */
const KINDS = new Map<string, RegExp>();

/** A text that matches a pattern. A number written without quotes (`5.10`) is taken as its source text by load.ts. */
function text(expected: string, pattern: RegExp, max = 256) {
  KINDS.set(expected, pattern);
  return z
    .string({ error: expected })
    .regex(pattern, { error: expected, abort: true })
    .max(max, { error: `${expected}, at most ${max} characters` });
}

/**
 * What in a text its kind does not allow: the first character that is nowhere in such a text, with its place, or one that cannot
 * begin it. null if the text is refused for another reason.
 * @param expected the kind, in the words of its errors.
 */
export function refusedCharacter(expected: string, value: string): string | null {
  const pattern = KINDS.get(expected);
  const sample = pattern && sampleOf(expected, pattern);
  if (!pattern || sample === undefined) return null;
  const characters = [...value];
  // A text may be long; of characters there are few.
  const refused = new Set([...new Set(characters)].filter((each) => !allowed(pattern, sample, each)));
  const at = characters.findIndex((each) => refused.has(each));
  if (at >= 0) return `${named(characters[at]!)} at character ${at + 1} is not allowed`;
  const [first] = characters;
  if (first === undefined || pattern.test(first + sample.slice(1)) || pattern.test(first + sample)) return null;
  return `${named(first)} cannot be its first character`;
}

/** A text of a kind: the one that its description names, or a plain one. */
function sampleOf(expected: string, pattern: RegExp): string | undefined {
  const inWords = / such as ([^\s,]+)/.exec(expected)?.[1] ?? '';
  return [inWords, 'http://host/path', '/path/name', 'name', 'b'.repeat(40), 'b'.repeat(64)].find((each) =>
    pattern.test(each),
  );
}

/** Whether a character may stand somewhere in a sample: in the place of another of it, or between two. */
function allowed(pattern: RegExp, sample: string, character: string): boolean {
  for (let at = 0; at <= sample.length; at += 1) {
    if (pattern.test(sample.slice(0, at) + character + sample.slice(at + 1))) return true;
    if (pattern.test(sample.slice(0, at) + character + sample.slice(at))) return true;
  }
  return false;
}

/** A character as a message can show it. */
function named(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = { ' ': 'a space', '\t': 'a tab', '\n': 'a line break', '"': 'a double quote', "'": 'a quote' }[
    character
  ];
  const visible = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character);
  return name ?? (visible ? `"${character}"` : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`);
}

/** One of several words. */
export function word<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: oneOf(values) });
}

/** A whole number within limits, both included. */
export function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error, abort: true }).min(min, { error }).max(max, { error });
}

/** A number within limits, both included; not only a whole one. */
export function fraction(min: number, max: number) {
  const error = `a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** A map with these keys and no other. `what` names it in errors. */
export function strict<S extends z.ZodRawShape>(what: string, shape: S) {
  // For unknown keys the message is the list of the known ones: load.ts makes one problem per unknown key of it.
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : what),
  });
}

/** A list; `min` is the least number of items. */
export function list<T extends z.ZodType>(what: string, item: T, min = 0) {
  const array = z.array(item, { error: what });
  return min > 0 ? array.min(min, { error: what }) : array;
}

/** A duration of `min` to `max` seconds, in seconds. */
export function duration(min: number, max: number) {
  const error = 'a duration such as 90s, 10m or 1h, or a number of seconds';
  const inRange = (value: string | number) => {
    const seconds = parseDuration(value) ?? -1;
    return seconds >= min && seconds <= max;
  };
  return z
    .union([z.string().regex(DURATION_PATTERN, { error, abort: true }), z.number()], { error })
    .refine(inRange, { error: `a duration from ${min} to ${max} seconds` })
    .transform((value) => parseDuration(value)!);
}

/** Memory of at least `minMib` MiB. */
export function memory(minMib: number) {
  const error = 'memory such as 3GiB or 512MiB';
  return text(error, MEMORY_PATTERN).refine((value) => (parseMemory(value) ?? -1) >= minMib, {
    error: `a whole number of MiB, at least ${minMib} MiB, such as 3GiB`,
  });
}

/** Docker refuses less. */
const DOCKER_LEAST_LIMIT = 6 * 2 ** 20;
export const limit = text('a memory limit such as 100m, as docker run -m takes it', LIMIT_PATTERN).refine(
  (value) => (parseLimit(value) ?? 0) >= DOCKER_LEAST_LIMIT,
  { error: "a memory limit of at least 6m, Docker's own minimum" },
);

const DATE = 'a date such as 2027-01-31';
/** A day of the calendar; what it is compared with is in UTC. */
export const date = text(DATE, /^\d{4}-\d{2}-\d{2}$/).refine(
  (value) => {
    const time = Date.parse(`${value}T00:00:00Z`);
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
  },
  { error: DATE },
);
/** Words for people, on one line. */
export const sentence = text('a reason in words, on one line', /^(?=.*\S)[^\p{Cc}\p{Zl}\p{Zp}]+$/u, 300);

export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;
export const kernelName = text(
  'a name that starts with a letter or digit and has only letters, digits and . _ + - in it',
  NAME_PATTERN,
  64,
);
export const PROFILE_NAME =
  'a profile name that starts with a letter or digit and has only letters, digits and . _ + - in it';
export const profileName = text(PROFILE_NAME, NAME_PATTERN, 64);
/** `uname -r` has room for 64 characters (__NEW_UTS_LEN). */
export const release = text('a kernel release such as 4.4.159-1.el7.elrepo.x86_64', /^\d+\.\d[A-Za-z0-9._+~-]*$/, 64);
export const tableName = text('the name of a kernel source or provider', /^[a-z][a-z0-9-]*$/, 64);
export const suite = text('a Debian suite such as bookworm-security', /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
export const kernelPackage = text(
  'a Debian package name such as linux-image-6.1.*-cloud-amd64',
  /^[a-z0-9][a-z0-9+.*-]+$/,
);
export const packageName = text('a package name such as docker.io', /^[A-Za-z0-9][A-Za-z0-9+._-]*$/);
export const packageVersion = text('a package version such as 5.10.223-1', /^[0-9][A-Za-z0-9.+~:_-]*$/);
/** In lower case, as checksums are compared. */
export const sha256 = text('a sha256, 64 hexadecimal digits', /^[0-9a-fA-F]{64}$/).toLowerCase();
export const keyName = text('the name of a signing key, or none', NAME_PATTERN, 64);
export const fingerprint = text(
  'the fingerprint of a public key, 40 hexadecimal digits',
  /^[0-9a-fA-F]{40}$/,
).toUpperCase();
export const rpmFile = text(
  'the file name of an RPM such as kernel-lt-4.4.159-1.el7.elrepo.x86_64.rpm',
  /^[A-Za-z0-9][A-Za-z0-9._+~-]*\.rpm$/,
);
export const url = text(
  'an http or https URL without spaces, quotes, user name or query (what is secret goes into the environment)',
  /^https?:\/\/[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:\/[A-Za-z0-9._~%+:@=,/-]*)?$/,
  2048,
)
  // Also that it can be opened and its name be read: a port up to 65535, an address that is one, no half `%` sequence.
  .refine((value) => opens(value), {
    error: 'a URL with a port from 1 to 65535, a valid address and whole % sequences',
  });

function opens(value: string): boolean {
  try {
    const { pathname, port } = new URL(value);
    decodeURIComponent(pathname);
    return port !== '0';
  } catch {
    return false;
  }
}

/** A comma is left out: QEMU's options are separated by it. */
export const path = text(
  'a path without spaces, quotes, commas or other characters that shells treat specially',
  /^[\p{L}\p{N}_./~][\p{L}\p{N}_./~+@%=:-]*$/u,
  4096,
);
/** A path in a plan: no option of a program, and one line of a list. */
export const absolutePath = text('an absolute path on one line', /^\/[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 4096);
export const image = text(
  'a Docker image such as nginx or nginx:1.14.2',
  /^[a-z0-9][a-z0-9._-]*(?::\d{1,5}(?=\/))?(?:\/[a-z0-9][a-z0-9._-]*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
).refine((value) => Number(/^[^/]*?:(\d+)\//.exec(value)?.[1] ?? 443) <= 65535, {
  error: 'a Docker image whose registry has a port up to 65535',
});
export const commandLineWord = text(
  'a kernel command line word such as mitigations=off, without spaces, quotes or $',
  /^[A-Za-z0-9_][A-Za-z0-9_.,:=/@+%-]*$/,
);
export const host = text('a host name or address', /^[A-Za-z0-9:][A-Za-z0-9.:-]*$/, 253);
export const hostKey = text(
  'a public key such as ssh-ed25519 AAAAC3…, without a comment',
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{40,}={0,2}$/,
  2048,
);
export const user = text('a user name such as root', /^[A-Za-z_][A-Za-z0-9_.-]*$/, 32);
export const box = text(
  'a Vagrant box name such as centos-7-1803',
  /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)?$/,
  128,
);
