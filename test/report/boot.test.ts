import { reportInput } from '../../src/report/input.js';
import { slots } from '../fixtures/slots.js';
import { describe, expect, it } from 'vitest';
import { bootProof, savedNote } from '../../src/report/boot.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';

const SAVED = { key: 'cafe', run: 'before', at: '2027-01-01T00:00:00.000Z' };

/** A healthy run, whose boot is that of a snapshot or not. */
function run(saved: typeof SAVED | null) {
  const journal = new JournalBuilder([kernelRow('5.10', 'clean')]);
  addRow(journal, '5.10');
  const facts = journal.facts();
  const [row] = facts.rows;
  const boot = row!.boot!;
  const own = saved === null ? boot : { ...boot, saved, bootIdBefore: boot.bootIdAfter };
  return { ...facts, rows: [{ ...row!, boot: own }] };
}

describe('a run that started a kernel from a snapshot', () => {
  it('says so beside the table, in Markdown and in the boot proof, and keeps the verdict', () => {
    const facts = run(SAVED);
    const verdicts = judgeRun(facts);
    const { name } = facts.rows[0]!.kernel;
    expect(savedNote(facts)).toContain(`${name} (run before); matrix --fresh boots for real`);
    expect(bootProof(facts.rows[0]!.boot)).toContain('from snapshot cafe that run before saved at 2027');
    expect(renderTerminal(reportInput(facts), { width: 200, colour: false })).toContain('(run before)');
    expect(renderMarkdown(reportInput(facts))).toContain('Started from a snapshot');
    expect(verdicts[0]!.verdict).toBe(judgeRun(run(null))[0]!.verdict);
    expect(slots(verdicts[0]!).checks.boot).toMatchObject({ status: 'behaves' });
  });

  it('is inconclusive where the boot is not the one that was saved', () => {
    const facts = run(SAVED);
    const [row] = facts.rows;
    const other = { ...facts, rows: [{ ...row!, boot: { ...row!.boot, bootIdBefore: 'another' } }] };
    expect(judgeRun(other)[0]).toMatchObject({ verdict: 'inconclusive' });
  });

  it('is one that booted them where it did', () => {
    expect(savedNote(run(null))).toBeNull();
    expect(bootProof(run(null).rows[0]!.boot)).not.toContain('snapshot');
  });
});

describe('a kernel of which its choice has something to tell', () => {
  it('has that beside the package it came from, in Markdown', () => {
    const note = 'linux-image-a taken of several of version 1; also: linux-image-b';
    const withArtifact = (more: { note?: string }) => {
      const journal = new JournalBuilder([kernelRow('5.10', 'clean')]);
      journal.add({
        ...{ kind: 'artifact.resolved', kernel: '5.10', source: 'deb', release: '5.10.0', package: 'linux-image-a' },
        ...{ version: '1', origin: 'suite: pool/a.deb', sha256: 'cafe', files: [], ...more },
      });
      addRow(journal, '5.10');
      return journal.facts();
    };
    const [noted, facts] = [withArtifact({ note }), withArtifact({})];
    expect(renderMarkdown(reportInput(noted))).toMatch(/sha256 \w+ \(.*taken of several of version 1/);
    expect(renderMarkdown(reportInput(facts))).not.toContain('taken of several');
  });
});
