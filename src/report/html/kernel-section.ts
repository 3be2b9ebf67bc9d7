/** Everything about one kernel: what was seen, the curve, the checks, the facts, and the transcript behind them. */
import { clip } from '../../base/text/excerpt.js';
import { toneOfVerdict } from '../../document/tone.js';
import { verdictCell } from '../columns.js';
import type { ReportRow } from '../input.js';
import { kernelBlocks } from '../kernel-blocks.js';
import { htmlBlocks } from './blocks.js';
import type { Evidence } from './evidence.js';
import { LARGEST_BRIEF } from './extent.js';
import { markup, type Markup } from './markup.js';
import { chip, words } from './tone.js';
import { transcript } from './transcript.js';

/** A release is a guest's word; the boot proof has it whole. */
const LONGEST_RELEASE = 300;

/**
 * @param number of the kernel in the page, from 1.
 * @param brief one of many: what decides, in words.
 */
export function kernelSection(row: ReportRow, number: number, evidence: Evidence, brief: boolean): Markup {
  const id = `kernel-${number}`;
  const { facts, verdict } = row;
  const body = htmlBlocks(kernelBlocks(row, brief), { id, about: facts.kernel.name, evidence, brief });
  const large = brief && body.text.length > LARGEST_BRIEF;
  const release = clip(facts.boot?.release ?? 'no boot recorded', LONGEST_RELEASE);
  return markup`<section id="${id}" class="kernel-section" aria-labelledby="${id}-title">
<h2 id="${id}-title">${facts.kernel.name} ${chip(words(verdict.verdict), toneOfVerdict(verdict.verdict))}</h2>
<p class="under">${release}, cgroup ${facts.kernel.cgroup}; ${verdictCell(verdict)}</p>
${large ? markup`<p>There is more to say of it than fits here: <a href="matrix.md">matrix.md</a> has it.</p>` : body}
<h3>Transcript</h3>
${transcript(facts, evidence.transcript)}
</section>`;
}
