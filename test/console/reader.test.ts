import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONSOLE_CLASSES, type ConsoleFinding, MOST_OF_A_CLASS } from '../../src/console/finding.js';
import { HARMLESS } from '../../src/console/harmless.js';
import { ConsoleReader, findingsIn } from '../../src/console/reader.js';
import { SEVERITY } from '../../src/console/signs.js';

const FOLDER = new URL('../fixtures/console/', import.meta.url);

interface Example {
  class: string;
  /** Its kernel, and how it was made. */
  origin: string;
  text: string;
}

/** Each file is named by what is to be found in each of its examples; an example begins with a comment. */
const EXAMPLES: Example[] = readdirSync(FOLDER).flatMap((file) =>
  readFileSync(new URL(file, FOLDER), 'latin1')
    .split(/^# /m)
    .slice(1)
    .map((part) => {
      const [origin = '', ...lines] = part.split('\n');
      return { class: file.replace(/\.txt$/, ''), origin, text: lines.join('\n') };
    }),
);
const harmful = EXAMPLES.filter((example) => !example.class.startsWith('harmless'));

describe('what kernels have said', () => {
  it.each(harmful)('$class: $origin', ({ class: name, text }) => {
    const found = findingsIn(text);
    expect(found.map((finding) => finding.class)).toEqual([name]);
    expect(found[0]!.excerpt).toContain(found[0]!.line);
    expect(found[0]!.excerpt.length).toBeLessThanOrEqual(40);
  });

  it('has an example of every class, of 3.10, of 4.x, 5.x and 6.x', () => {
    const said = CONSOLE_CLASSES.filter((name) => name !== 'left-out');
    expect([...new Set(harmful.map((example) => example.class))].sort()).toEqual([...said].sort());
    for (const version of ['3.10', '4.', '5.', '6.']) {
      expect(harmful.filter(({ origin }) => origin.startsWith(version)).length).toBeGreaterThan(5);
    }
  });

  it.each(EXAMPLES.filter((example) => example.class.startsWith('harmless')))('nothing: $origin', ({ text }) => {
    expect(findingsIn(text)).toEqual([]);
  });

  it('takes no line of a real report for harmless', () => {
    const lines = harmful.flatMap(({ text }) => findingsIn(text)).map(({ line }) => line);
    expect(lines.filter((line) => HARMLESS.some(({ pattern }) => pattern.test(line)))).toEqual([]);
  });

  it('gives a reason for each harmless line', () => {
    for (const { reason } of HARMLESS) expect(reason.length).toBeGreaterThan(10);
  });
});

const one = (text: string): ConsoleFinding => {
  const found = findingsIn(text);
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('a finding', () => {
  const WARNING = `[    0.000000] Linux version 5.10.0-46-amd64 (debian)
[  131.000100] ------------[ cut here ]------------
[  131.000110] percpu ref (css_release) <= 0 (-1) after switching to atomic
[  131.000121] WARNING: CPU: 0 PID: 12 at lib/percpu-refcount.c:196
dockerd: level=info msg="between the lines"
[  131.000141] Call Trace:
[  131.000211] ---[ end trace 4f1c ]---
[  131.000311] eth0: link is up
`;

  it('has its time, its place, its kernel, what led to it and what belongs to it', () => {
    expect(one(WARNING)).toEqual({
      class: 'warning',
      severity: 'serious',
      line: 'WARNING: CPU: 0 PID: 12 at lib/percpu-refcount.c:196',
      excerpt: [
        '------------[ cut here ]------------',
        'percpu ref (css_release) <= 0 (-1) after switching to atomic',
        'WARNING: CPU: 0 PID: 12 at lib/percpu-refcount.c:196',
        'Call Trace:',
        '---[ end trace 4f1c ]---',
      ],
      offset: WARNING.indexOf('[  131.000121]'),
      kernelTime: 131.000121,
      release: '5.10.0-46-amd64',
    });
  });

  it('is the same whatever the pieces it comes in', () => {
    const reader = new ConsoleReader();
    const found = [...WARNING].flatMap((character) => reader.feed(character));
    expect([...found, ...reader.flush()]).toEqual(findingsIn(WARNING));
    expect(found).toHaveLength(1);
  });

  it('waits for the end of a half-written line', () => {
    const reader = new ConsoleReader();
    expect(reader.feed('[    9.000000] BUG: unable to han')).toEqual([]);
    expect(reader.flush()).toEqual([]);
    expect(reader.feed('dle page fault for address: 00ff\n')).toEqual([]);
    expect(reader.flush().map(({ class: name, offset }) => [name, offset])).toEqual([['oops', 0]]);
  });

  it('waits for what belongs to it until that is over', () => {
    const reader = new ConsoleReader();
    expect(reader.feed('[    9.000000] INFO: task sh:1 blocked for more than 8 seconds.\n')).toEqual([]);
    expect(reader.feed('[    9.000010] Call Trace:\n')).toEqual([]);
    expect(reader.feed('[   30.000000] eth0: link is up\n')).toHaveLength(1);
  });

  it('is found without time stamps, and behind half a line of a program', () => {
    expect(one('BUG: unable to handle page fault for address: 00ff\n').kernelTime).toBeNull();
    expect(one('Starting dockerd ... [    9.000000] kernel BUG at mm/slub.c:1!\r\n')).toMatchObject({
      class: 'kernel-bug',
      kernelTime: 9,
    });
  });

  it('is one for an oops that becomes a panic, and one for the panic', () => {
    const text = `[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000010
[    9.000010] Oops: 0000 [#1] SMP PTI
[    9.000020] ---[ end trace 4f1c ]---
[    9.000030] Kernel panic - not syncing: Fatal exception
[    9.000040] ---[ end Kernel panic - not syncing: Fatal exception ]---
`;
    expect(findingsIn(text).map((each) => each.class)).toEqual(['oops', 'panic']);
  });

  it('is bounded in lines and in characters', () => {
    const trace = Array.from({ length: 500 }, (_, n) => `[    9.000010]  function_${n}+0x1/0x2\n`).join('');
    expect(one(`[    9.000000] WARNING: at mm/slub.c:1\n${trace}`).excerpt).toHaveLength(40);
    const long = `[    9.000010] ${'x'.repeat(4000)}\n`.repeat(100);
    expect(one(`[    9.000000] WARNING: at mm/slub.c:1\n${long}`).excerpt.join('').length).toBeLessThan(10_000);
  });

  it('is one of so many of its class, whatever kernels claim to start; what is beyond is counted, and told once', () => {
    const flood = '[    0.000000] Linux version 1\n[    9.000000] I/O error, dev vda, sector 1\n'.repeat(5000);
    const reader = new ConsoleReader();
    expect([...reader.feed(flood), ...reader.flush()].map((each) => each.class)).toEqual(
      Array.from({ length: MOST_OF_A_CLASS }, () => 'io-error'),
    );
    expect(reader.leftOut()).toMatchObject([
      { class: 'left-out', severity: 'serious', line: 'more was found than is written down: 4980 of class io error' },
    ]);
    expect(reader.leftOut()).toEqual([]);
    // The next row's kernel has its own.
    reader.expectBoot();
    expect([...reader.feed(flood), ...reader.flush()]).toHaveLength(MOST_OF_A_CLASS);
  });

  it('takes nothing that comes after a lead that led to nothing for its own', () => {
    const cut = '[   20.000000] ------------[ cut here ]------------\n';
    const other = '[   20.100000] nvme nvme0: failed to set APST feature (2)\n';
    const later = '[   24.000000] I/O error, dev vda, sector 1\n';
    expect(findingsIn(cut + other + later).map((each) => [each.class, each.excerpt.length])).toEqual([
      ['other', 1],
      ['io-error', 1],
    ]);
    expect(findingsIn(cut + later)[0]!.excerpt).toHaveLength(1);
    const slow = Array.from({ length: 30 }, (_, n) => `[${(21 + n).toFixed(6).padStart(12)}] a line\n`).join('');
    expect(findingsIn(cut + slow + '[   52.000000] I/O error, dev vda, sector 1\n')[0]!.excerpt).toHaveLength(1);
    expect(
      findingsIn(`${cut}${'[   20.000001] a line\n'.repeat(500)}[   20.000002] I/O error, dev vda, sector 1\n`)[0]!
        .excerpt,
    ).toHaveLength(1);
  });

  it('is of what dmesg calls an error, whatever its words, and of no program there', () => {
    const log = `kern  :err   : [    9.000000] a device is gone
kern  :warn  : [    9.100000] a device is slow
daemon:err   : [    9.200000] a program has lost something
kern  :warn  : [    9.300000] unregister_netdevice: waiting for lo to become free. Usage count = 1
`;
    expect(findingsIn(log).map((each) => [each.class, each.line.slice(0, 10)])).toEqual([
      ['other', 'a device i'],
      ['network-device', 'unregister'],
    ]);
  });

  it('is fatal only where the machine ends', () => {
    const fatal = CONSOLE_CLASSES.filter((name) => SEVERITY[name] === 'fatal');
    expect(fatal).toEqual(['panic', 'no-boot', 'halted']);
  });
});

describe('the starts of a kernel', () => {
  it('are counted, with the last words before the latest', () => {
    const reader = new ConsoleReader();
    reader.feed('[    0.000000] Linux version 6.1.0 (a)\n[    1.000000] nvme: going down\nSeaBIOS (version 1)\n');
    expect([reader.starts, reader.wordsBeforeStart]).toEqual([1, null]);
    reader.feed('[    0.000000] Linux version 6.1.0 (a)\n');
    expect([reader.starts, reader.wordsBeforeStart]).toEqual([2, 'nvme: going down']);
  });

  it('are no lines of a program that shows /proc/version', () => {
    const reader = new ConsoleReader();
    reader.feed('[    0.000000] Linux version 6.1.0 (a)\nLinux version 6.1.0 (a)\nLinux version 6.1.0 (a)\n');
    expect(reader.starts).toBe(1);
  });
});

describe('starts without a word', () => {
  const GRUB = "SeaBIOS (version 1)\nBooting from Hard Disk...\nGRUB loading..\n  Booting `Linux 6.1'\n";

  it('are one for a firmware, a boot loader and a reset together', () => {
    const reader = new ConsoleReader();
    for (let start = 1; start <= 3; start += 1) {
      reader.reset();
      reader.feed(GRUB);
      expect(reader.silentStarts).toBe(start);
    }
  });

  it.each([
    ['the firmware', 'BdsDxe: starting Boot0004 "Linux"\n'],
    ['the boot loader', "  Booting `Linux 6.1'\n"],
  ])('are known by %s alone', (_, text) => {
    const reader = new ConsoleReader();
    reader.feed(text.repeat(3));
    expect(reader.silentStarts).toBe(3);
  });

  it('begin again when a kernel says a word, when a boot is asked for, and when somebody has logged in', () => {
    const reader = new ConsoleReader();
    reader.feed(GRUB + GRUB);
    reader.feed('[    0.000000] Linux version 6.1.0 (a)\n');
    expect(reader.silentStarts).toBe(0);
    reader.feed(GRUB);
    reader.expectBoot();
    expect(reader.silentStarts).toBe(0);
    reader.feed(GRUB);
    reader.booted();
    expect(reader.silentStarts).toBe(0);
  });
});
