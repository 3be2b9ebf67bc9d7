/** Blocks as HTML. */
import { largest } from '../../base/lists.js';
import { ABSENT } from '../../base/text/figures.js';
import type { Block, Curve, Inline, Quote, Text } from '../../document/document.js';
import { toneOfVerdict } from '../../document/tone.js';
import { barChart } from './charts/bars.js';
import { slotsChart } from './charts/slots.js';
import { definitions } from './environment.js';
import type { Evidence } from './evidence.js';
import { markup, type Markup, type Piece } from './markup.js';
import { table } from './table.js';
import { chip, symbol, words } from './tone.js';

/** Where blocks stand. */
export interface Place {
  /** Of the section; what is in it has ids of its own that begin with it. */
  id: string;
  /** What they are about, for readers who cannot see the place of a link. */
  about: string;
  evidence: Evidence;
  /** Without the tables of numbers behind the charts. */
  brief: boolean;
}

export function htmlBlocks(blocks: readonly Block[], place: Place): Markup {
  return markup`${blocks.map((block) => markup`${htmlBlock(block, place)}\n`)}`;
}

function htmlBlock(block: Block, place: Place): Markup {
  const { evidence, about, id } = place;
  switch (block.kind) {
    case 'heading':
      return markup`<h3>${block.text}</h3>`;
    case 'paragraph':
      return markup`<p>${text(block.text)}</p>`;
    case 'list':
      return markup`<ul class="said">${block.items.map(
        ({ tone, label, text: body, from }) =>
          markup`<li class="${tone}">${symbol(tone)}${label === '' ? null : markup`<strong>${label}</strong>: `}${text(body)} ${evidence.all(from, `${label} of ${about}`)}</li>`,
      )}</ul>`;
    case 'facts':
      return definitions(
        block.facts.map(({ name, value, from }) => [
          name,
          markup`${text(value)} ${evidence.all(from, `${name} of ${about}`)}`,
        ]),
      );
    case 'quotes':
      return markup`${block.quotes.map((each) => quote(each, place))}${block.more === '' ? null : markup`<p>${block.more}</p>`}`;
    case 'curves':
      return curves(block.curves, place);
    case 'bars':
      return markup`<details class="numbers"><summary>${block.summary}</summary><figure>${barChart(block.title, block.bars, `${id}-${block.id}`)}</figure></details>`;
    case 'table':
      return table(block);
  }
}

function text(body: Text): Piece {
  return typeof body === 'string' ? body : body.map(inline);
}

function inline(piece: Inline): Piece {
  if (typeof piece === 'string') return piece;
  return 'term' in piece ? markup`<dfn>${piece.term}</dfn>` : markup`<code>${piece.code}</code>`;
}

function quote({ title, text: body, from }: Quote, { evidence, about }: Place): Markup {
  return markup`<p>${title} ${evidence.all(from, `${title}, ${about}`)}</p><pre class="err"><code>${body.trimEnd()}</code></pre>`;
}

function curves(drawn: readonly Curve[], place: Place): Markup {
  const { evidence, about, id, brief } = place;
  const top = largest(drawn.flatMap(({ probes }) => probes.map((one) => one.free + one.inUse + one.lost)));
  const panels = drawn.map(
    (curve) => markup`<figure>
<figcaption>${curve.title} ${chip(words(curve.verdict), toneOfVerdict(curve.verdict))}</figcaption>
${slotsChart(curve, top, `${id}-${curve.name.replaceAll(' ', '-')}`)}
<p class="words">${curve.description} ${evidence.all(curve.from, `${curve.name} of ${about}`)}</p>
</figure>`,
  );
  return markup`<p class="legend"><span><i class="key free"></i>free</span> <span><i class="key in-use"></i>in use: a directory that lives on holds it</span> <span><i class="key lost"></i>lost: nothing holds it, and it is not free</span> <span class="bad"><b aria-hidden="true">✕</b> creation refused</span></p>
<div class="charts two">${panels}</div>
${brief ? null : slotsTable(drawn, id, about)}`;
}

/** Probes of one case that stand in the table of numbers. */
const MOST_PROBES = 120;

function slotsTable(drawn: readonly Curve[], id: string, kernel: string): Markup {
  const left = drawn.reduce((sum, { probes }) => sum + Math.max(0, probes.length - MOST_PROBES), 0);
  const numbers = table({
    id: `${id}-${drawn[0]!.name.replaceAll(' ', '-')}-slots`,
    caption: `Slots of ${kernel} before the first cycle of each case and after each.`,
    head: ['probe', 'free', 'in use', 'lost', 'container'],
    rows: drawn.flatMap(({ name, probes }) =>
      probes
        .slice(0, MOST_PROBES)
        .map(({ cycle, free, inUse, lost, refused }) => [
          cycle === 0 ? `${name}, before` : `${name}, cycle ${cycle}`,
          free,
          inUse,
          lost,
          cycle === 0 ? ABSENT : refused ? 'refused' : 'created',
        ]),
    ),
    numbersFrom: 1,
  });
  const more = left === 0 ? null : markup`<p>${left} more are in the transcript.</p>`;
  return markup`<details class="numbers"><summary>The numbers</summary>${numbers}${more}</details>`;
}
