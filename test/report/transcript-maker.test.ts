import { parseJournal, replay } from '../../src/scenario/journal.js';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderTranscripts, TranscriptMaker } from '../../src/report/transcript-maker.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';

describe('transcripts', () => {
  it.each([
    ['real-run', 'd15a494387596a84c8eadcea6720fc8f9c0f1197f68ac3446ebbed741cb20121'],
    ['three-kernels', '3639bac02cb7157c59fcf7f19051f328a0dacaea6ea4db8c63222a3d477af140'],
  ])('of the recorded run %s stay the same to the byte', (name, sum) => {
    const file = join(import.meta.dirname, `../fixtures/${name}.jsonl`);
    const { events } = parseJournal(readFileSync(file, 'utf8'), file);
    const hash = createHash('sha256');
    for (const text of renderTranscripts(events, replay(events)).values()) hash.update(text);
    expect(hash.digest('hex')).toBe(sum);
  });

  it('have the last attempt of a row only, and the commands of its machine while it ran', () => {
    const journal = new JournalBuilder([kernelRow('a', 'clean'), kernelRow('b', 'clean')]);
    const ofMachine = (command: string) => {
      const rest = {
        kernel: null,
        machine: 'm1',
        phase: 'machine',
        code: 0,
        stdout: '',
        stderr: '',
        seconds: 1,
      } as const;
      journal.add({ kind: 'command', ...rest, command });
    };
    journal.add({ kind: 'row.started', kernel: 'a', machine: 'm1' });
    journal.command('a', 'clean', 'first attempt');
    ofMachine('machine of the first attempt');
    journal.add({ kind: 'row.started', kernel: 'a', machine: 'm1' });
    journal.command('a', 'clean', 'second attempt');
    ofMachine('machine of the second attempt');
    const outcome = { outcome: 'measured', phase: null, reason: null, consoleTail: null, seconds: 1 } as const;
    journal.add({ kind: 'row.finished', kernel: 'a', ...outcome });
    ofMachine('between the rows');
    addRow(journal, 'b');
    const texts = renderTranscripts(journal.events, journal.facts());
    expect(texts.get('a')).toContain('second attempt');
    expect(texts.get('a')).toContain('machine of the second attempt');
    expect([...texts.values()].join('')).not.toMatch(/first attempt|between the rows/);
  });

  it('say when nothing more comes, once for each kernel', () => {
    const journal = new JournalBuilder([kernelRow('a', 'clean'), kernelRow('never', 'clean')]);
    addRow(journal, 'a');
    const maker = new TranscriptMaker(journal.facts());
    const ended = journal.events.flatMap((event) => maker.next(event) ?? []).filter(({ last }) => last);
    expect([...ended, ...maker.end()].map(({ kernel }) => kernel)).toEqual(['a', 'never']);
  });
});
