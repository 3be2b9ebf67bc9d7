/** A comparison with an earlier run: what is worse first, then what changed, then the figures. */
import type { Comparison, KernelState } from '../../compare/types.js';
import { STATE_WORDS } from '../../compare/words.js';
import { FIGURE_HEAD, KERNEL_HEAD, figureCells, headlines, kernelCells, tally } from '../comparison-rows.js';
import { markup, type Markup } from './markup.js';
import { table } from './table.js';
import type { Tone } from '../../document/document.js';
import { chip, symbol } from './tone.js';

const TONES: Record<KernelState, Tone> = {
  unchanged: 'good',
  drifted: 'plain',
  changed: 'warn',
  new: 'unknown',
  gone: 'unknown',
  'not-comparable': 'unknown',
};

export function comparisonSection(comparison: Comparison): Markup {
  const said = headlines(comparison);
  const lines: [Tone, string, readonly string[]][] = [
    ['bad', 'Worse', said.regressions],
    ['warn', 'Known failure', said.excused],
    ['unknown', 'Not compared', said.apart],
  ];
  const figures = figureCells(comparison);
  return markup`<p>${said.title}.</p>
${said.regressions.length === 0 ? markup`<p class="verdict-line">${chip('no regression', said.apart.length > 0 ? 'plain' : 'good')} ${tally(comparison)}.</p>` : null}
<ul class="said">${lines.map(([tone, label, texts]) => texts.map((text) => markup`<li class="${tone}">${symbol(tone)}<strong>${label}</strong>: ${text}</li>`))}</ul>
${said.circumstances.length === 0 ? null : markup`<p>The circumstances differ, so times are not compared:</p><ul>${said.circumstances.map((text) => markup`<li>${text}</li>`)}</ul>`}
${table({
  id: 'comparison-table',
  caption: 'What each kernel was and is.',
  head: KERNEL_HEAD,
  rows: comparison.kernels.map((kernel) => {
    const [name = '', , ...rest] = kernelCells(kernel);
    const tone = kernel.regression && kernel.excused === null ? 'bad' : TONES[kernel.state];
    return [name, chip(STATE_WORDS[kernel.state], tone), ...rest];
  }),
})}
${
  figures.length === 0
    ? null
    : markup`<details class="numbers"><summary>Every figure</summary>${table({
        id: 'comparison-figures',
        caption: 'Figures of both runs, as medians, and what the rank test says of them.',
        head: FIGURE_HEAD,
        rows: figures,
      })}</details>`
}`;
}
