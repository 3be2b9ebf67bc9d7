import { reportInput } from '../../src/report/input.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../src/report/csv.js';
import { safeName } from '../../src/report/paths.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { addRow, JournalBuilder, kernelRow, refusedRun } from '../fixtures/build.js';
import { sourceJournal } from '../fixtures/source.js';
import { allReports } from './all-reports.js';

const source = sourceJournal().facts();
const reports = allReports(sourceJournal().events);
const file = (name: string, of = reports): string => of.get(name) ?? '';
const table = (facts: RunFacts, width: number, colour = false): string =>
  renderTerminal(reportInput(facts), { width, colour });

/** A kernel whose guest answers with everything that could spoil a report. */
const NASTY = 'a|b `x` <script>alert(1)</script>\n```\n\u001b[31mred\u001b[0m \u0007 ]( *bold* \u202e';
function nasty(name = 'evil'): JournalBuilder {
  const journal = new JournalBuilder([kernelRow(name, 'clean'), kernelRow('never')], undefined, NASTY);
  addRow(journal, name, {
    boot: { release: NASTY, releaseExpected: NASTY },
    case1: { run: refusedRun(null, NASTY) },
    outcome: { outcome: 'failed', phase: 'case1', reason: NASTY, consoleTail: [NASTY] },
  });
  return journal;
}

describe('buildReports', () => {
  it('makes one file per format and a transcript per kernel', () => {
    const transcripts = ['3.10', '4.18', '4.4'].map((name) => `kernels/${name}/transcript.txt`);
    const files = ['matrix.md', 'matrix.html', 'summary.md', 'matrix.csv', 'matrix.json', 'junit.xml'];
    expect([...reports.keys()]).toEqual([...files, ...transcripts]);
  });

  it('names files safely and without collisions', () => {
    const journal = new JournalBuilder(['../x', '.._x', 'A b', 'a_b', '..'].map((name) => kernelRow(name)));
    const names = [...allReports(journal.events).keys()].filter((name) => name.includes('/'));
    expect(names.every((name) => /^kernels\/[A-Za-z0-9_+][A-Za-z0-9._+-]*\/transcript\.txt$/.test(name))).toBe(true);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(5);
    expect(safeName('5.10.0-46')).toBe('5.10.0-46');
  });

  it('is the same from the same journal', () => {
    expect(allReports(sourceJournal().events)).toEqual(reports);
  });
});

describe('terminal', () => {
  it.each([60, 80, 100, 120, 160, 200, 300])('fits %i columns', (width) => {
    for (const facts of [source, nasty().facts()]) {
      for (const line of table(facts, width).split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('shows kernels as rows, with the figures and the explanation below', () => {
    const text = table(source, 300);
    const line = text.split('\n').find((one) => one.startsWith('│ 3.10')) ?? '';
    expect(line).toContain('65486 ENOSPC');
    expect(line).toContain('65535');
    expect(line).toContain('refused ENOSPC');
    expect(line).toContain('leaks, as expected');
    expect(text).toContain('case 2: 0, case 3: 1');
    expect(text).toContain('4.18: 65484 made + 1 (test) + 49 other live directories = 65534 live');
    expect(text).toContain('so 23 dying');
  });

  it('stacks tables where one is too wide, each beginning with the kernel', () => {
    const lines = table(source, 110).split('\n');
    expect(lines.filter((line) => line.startsWith('│ kernel'))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith('│ 4.18'))).toHaveLength(2);
    expect(lines.join('\n')).toContain('4.4.159-1.el7.elrepo'.slice(0, 3));
  });

  it('becomes a list where no column fits', () => {
    const text = table(source, 20);
    expect(text).not.toContain('│');
    expect(text).toContain('hold control');
  });

  it('shows what is absent as a dash, never as 0', () => {
    const journal = new JournalBuilder([kernelRow('never')]);
    const line =
      table(journal.facts(), 300)
        .split('\n')
        .find((one) => one.startsWith('│ never')) ?? '';
    expect(line.match(/—/g)?.length).toBeGreaterThanOrEqual(9);
    expect(line).not.toMatch(/\b0\b/);
    expect(line).toContain('not measured');
  });

  it('has colours only if asked', () => {
    expect(table(source, 300)).not.toContain('\u001b');
    const coloured = table(source, 300, true);
    expect(coloured).toContain('\u001b[32mleaks, as expected');
    // eslint-disable-next-line no-control-regex
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(table(source, 300));
  });

  it('lets no control character of a guest through', () => {
    // eslint-disable-next-line no-control-regex
    expect(table(nasty().facts(), 200)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('markdown', () => {
  const text = file('matrix.md');

  it('says in its first line which profile and why', () => {
    expect(text.split('\n')[0]).toBe('# Kernel matrix, profile centos7: the procedure of the source');
  });

  it('has the table, then each kernel with its evidence', () => {
    expect(text).toMatch(
      /^\| 3\.10 \| — \| v1 \| 65486 ENOSPC \| 65535 \| — \| refused ENOSPC \| clean \(2 cycles\) \| leaks, refused at creation 2 ENOSPC \|/m,
    );
    expect(text).toContain('## 3.10: leaks, as expected');
    expect(text).toMatch(
      /- Case 3: containers with -m 100m: \*\*leaks\*\*\. .*Creation 2 is refused\. Free before and after each cycle 1, 0, 0; lost by cycle 1, 0, journal [\d–, ]+/,
    );
    expect(text).toContain('[kernels/3.10/transcript.txt](kernels/3.10/transcript.txt)');
    expect(text).toContain(
      'docker/a82b247f73e4626d7ccf9db32505ff5ed88fe16c745eda4015f08b596d366f21: no space left on device\\""',
    );
    expect(text).toMatch(/\*\*Note:\*\* not recorded: .*case 1/);
  });

  it('shows boot proof, memory and phases where they are recorded', () => {
    const journal = new JournalBuilder([kernelRow('5.10', 'clean')]);
    addRow(journal, '5.10');
    journal.add({ kind: 'phase.finished', kernel: '5.10', phase: 'exhaust', seconds: 84 });
    const report = file('matrix.md', allReports(journal.events));
    expect(report).toContain('boot proof: 5.10.0-test (expected 5.10.0-test), entry k-5.10.0-test');
    expect(report).toContain('boot-a → boot-b, journal 3');
    expect(report).toContain('28 KiB (slab + percpu + kernelStack)');
    expect(report).toContain('Exhaust 1 min 24 s');
    expect(report).toContain('5 min 0 s in all');
  });

  it('is not spoilt by what a guest answers', () => {
    const report = file('matrix.md', allReports(nasty().events));
    // eslint-disable-next-line no-control-regex
    expect(report).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    const outside = report.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '');
    expect(outside).not.toContain('<script>');
    expect(outside).toContain('a\\|b \\`x\\` &lt;script&gt;');
    // Every table, the matrix and that of the limits, is as wide in each of its lines.
    const tables = outside.split('\n\n').filter((block) => block.startsWith('| '));
    expect(tables.length).toBeGreaterThan(0);
    for (const each of tables) {
      const widths = each.split('\n').map((line) => line.split(/(?<!\\)\|/).length);
      expect(new Set(widths).size).toBe(1);
    }
    expect(report).toContain('````text\n');
  });
});

describe('csv', () => {
  const rows = (text: string) => text.trimEnd().split('\r\n');

  it('has a header and one row per kernel', () => {
    const [head = '', ...body] = rows(file('matrix.csv'));
    expect(body).toHaveLength(3);
    const at = (row: string, name: string) => row.split(',')[head.split(',').indexOf(name)];
    const [v310 = '', v418 = '', v44 = ''] = body;
    expect(at(v310, 'case3_refused_at')).toBe('2');
    expect(at(v310, 'kernel_bytes_per_cgroup')).toBe('');
    expect(at(v418, 'dying')).toBe('23');
    expect(at(v44, 'slots_at_exhaustion')).toBe('');
    expect(at(v44, 'verdict')).toBe('clean');
  });

  it('quotes by RFC 4180', () => {
    const facts = nasty('a"b,c\nd').facts();
    const text = renderCsv(reportInput(facts));
    expect(text).toContain('"a""b,c d",');
    expect(text.endsWith('\r\n')).toBe(true);
  });
});

describe('json', () => {
  const report = JSON.parse(file('matrix.json')) as {
    format: string;
    version: number;
    exitCode: number;
    kernels: {
      name: string;
      transcript: string;
      verdict: { verdict: string; answers: { 'cgroup-slots': { case3: { from: number[] } } } };
      facts: { commands: number[]; scenarios: { 'cgroup-slots': { exhausted: { seq: number } | null } } };
    }[];
  };
  it('is versioned and complete, with the evidence', () => {
    expect(report).toMatchObject({ format: 'kernel-matrix/report', version: 2, exitCode: 0 });
    expect(report.kernels.map((kernel) => kernel.verdict.verdict)).toEqual(['leaks', 'clean', 'clean']);
    const [v310, , v44] = report.kernels;
    expect(v310?.facts.commands).toEqual(
      expect.arrayContaining(v310?.verdict.answers['cgroup-slots'].case3.from ?? [0]),
    );
    expect(v310?.facts.scenarios['cgroup-slots'].exhausted?.seq).toBeGreaterThan(0);
    expect(v44?.facts.scenarios['cgroup-slots'].exhausted).toBeNull();
    expect(v310?.transcript).toBe('kernels/3.10/transcript.txt');
  });
});

describe('transcript', () => {
  const text = file('kernels/3.10/transcript.txt');

  it('reads like the source’s session', () => {
    expect(text).toContain(
      '[root@3.10 ~]# for i in `seq 1 65535`;do mkdir /sys/fs/cgroup/memory/test/test-${i} || break; done',
    );
    expect(text).toContain(
      '| mkdir: cannot create directory ‘/sys/fs/cgroup/memory/test/test-65487’: No space left on device',
    );
    expect(text).toMatch(/### Case 3: churn with a limit \(phase case3\)/);
    expect(text).toContain('[root@3.10 ~]# docker run -id -m 100m nginx');
    expect(text).toContain('| [exit 125]');
    expect(text).not.toContain('[exit 0]');
    expect(text).toContain('-- cycle 1: created; capacity 0, 65534 live directories; lost 1');
  });

  it('numbers commands so that evidence can be followed', () => {
    for (const command of source.rows[0]!.commands.shown) {
      const first = command.command.split('\n')[0]?.trimEnd() ?? '';
      expect(text).toContain(`${String(command.seq).padStart(4)} | [root@3.10 ~]# ${first}`);
    }
  });

  it('shows commands of several lines, and no terminal escapes', () => {
    const journal = new JournalBuilder([kernelRow('k')]);
    journal.add({ kind: 'row.started', kernel: 'k', machine: 'm1' });
    journal.command('k', 'clean', 'cat << EOF\nx\nEOF', NASTY, 'err\r\n', 2);
    const transcript = file('kernels/k/transcript.txt', allReports(journal.events));
    expect(transcript).toContain('[root@k ~]# cat << EOF\n     | > x\n     | > EOF\n');
    expect(transcript).toContain('     | err\n     | [exit 2]');
    expect(transcript).toContain('red \\x07');
    expect(transcript).not.toContain('\u001b');
    expect(file('kernels/never/transcript.txt', allReports(nasty().events))).toContain('No command ran');
  });
});
