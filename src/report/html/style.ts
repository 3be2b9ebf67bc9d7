/** The page's style sheet: both colour schemes, narrow screens, paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fcfcfb; --raised: #f4f4f1; --line: #dfdfd9; --text: #1b1c1e; --soft: #585c62;
  --accent: #2456c4; --accent-soft: #2456c42b;
  --good: #17693b; --good-soft: #e3f2e8; --bad: #b0201a; --bad-soft: #fbe6e3; --warn: #7d5000; --warn-soft: #f8edd6;
  --unknown: #55585d; --unknown-soft: #ebebe8; --lost: #b0201a4d; --in-use: #8e9299; --track: #e9e9e5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #141517; --raised: #1c1e21; --line: #33363b; --text: #e7e7e4; --soft: #a6abb2;
    --accent: #8db2ff; --accent-soft: #8db2ff2e;
    --good: #74d39c; --good-soft: #163023; --bad: #ff958c; --bad-soft: #3d1a18; --warn: #f0c36a; --warn-soft: #35290f;
    --unknown: #b3b7bd; --unknown-soft: #2a2d31; --lost: #ff958c59; --in-use: #7d828a; --track: #2a2d31;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 3rem clamp(1rem, 4vw, 3rem) 6rem; max-width: 76rem; background: var(--page); color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word;
}
h1 { font-size: clamp(1.1rem, 2.2vw, 1.3rem); font-weight: 500; margin: 0; color: var(--soft); }
h2 { font-size: 1.5rem; line-height: 1.3; font-weight: 600; margin: 0 0 .75rem; letter-spacing: -.01em; }
h3 { font-size: 1.05rem; font-weight: 600; margin: 2.25rem 0 .5rem; }
p, ul, dl { margin: .5rem 0; }
p { max-width: 46rem; }
section { margin-top: 4.5rem; content-visibility: auto; contain-intrinsic-size: auto 60rem; }
main:focus { outline: none; }
a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: .06em; }
a:hover { text-decoration-thickness: .12em; }
:focus-visible { outline: .15rem solid var(--accent); outline-offset: .15rem; border-radius: .2rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .85em; }
code { overflow-wrap: anywhere; }
dfn { font-style: normal; font-weight: 600; }
.skip { position: absolute; left: -100rem; top: .5rem; padding: .5rem 1rem; background: var(--page); z-index: 2; }
.skip:focus { left: .5rem; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.brand, .under { color: var(--soft); font-size: .875rem; }
.brand { margin-bottom: 2.5rem; }
.answer { font-size: clamp(1.5rem, 3.6vw, 2.3rem); line-height: 1.25; font-weight: 600; letter-spacing: -.02em; max-width: 32em; margin: .5rem 0 1.5rem; text-wrap: balance; }
.notice { border-left: .2rem solid var(--warn); padding-left: .75rem; }
.kernels { display: flex; flex-wrap: wrap; gap: .5rem 1.75rem; padding: 0; list-style: none; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: .75rem 0; margin: 2rem 0 0; list-style: none; border-block: 1px solid var(--line); font-size: .875rem; }
section:first-of-type { margin-top: 3rem; }
.chip { display: inline-flex; align-items: baseline; gap: .35em; padding: .1em .7em .15em; border-radius: 1em; font-size: .875rem; font-weight: 600; line-height: 1.5; white-space: nowrap; vertical-align: .08em; letter-spacing: 0; }
h2 .chip { vertical-align: .2em; margin-left: .35rem; }
.chip.good { background: var(--good-soft); } .chip.bad { background: var(--bad-soft); } .chip.warn { background: var(--warn-soft); }
.chip.unknown, .chip.plain { background: var(--unknown-soft); }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .unknown { color: var(--unknown); }
.symbol { font-family: system-ui, "Segoe UI Symbol", "Noto Sans Symbols 2", "DejaVu Sans", sans-serif; font-weight: 700; }
.scroll { overflow-x: auto; margin: 1rem 0; position: relative; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.45; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .75rem; max-width: 46rem; }
.scroll > table > caption { position: sticky; left: 0; }
th, td { text-align: left; vertical-align: top; padding: .6rem .75rem; border-bottom: 1px solid var(--line); }
thead th { font-weight: 500; color: var(--soft); vertical-align: bottom; border-bottom-color: var(--soft); }
tbody th { font-weight: 600; }
tr > :first-child { position: sticky; left: 0; background: var(--page); padding-left: 0; z-index: 1; }
.number { text-align: right; }
td .under, th .under { display: block; font-size: .8rem; font-weight: 400; }
.cell { font-weight: 500; } .part { display: block; white-space: nowrap; }
#matrix-table th { min-width: 6rem; text-wrap: balance; } #matrix-table tbody th { min-width: 9.5rem; }
.cell .symbol { margin-right: .3em; }
.evidence { position: relative; font-size: .8rem; color: var(--soft); }
.evidence a { color: inherit; text-decoration-color: color-mix(in srgb, currentColor 45%, transparent); }
.evidence a:hover { color: var(--accent); }
td > .evidence { display: block; }
#matrix-table { min-width: 68rem; }
dl > div { display: grid; grid-template-columns: minmax(8rem, 13rem) 1fr; gap: 0 1.5rem; padding: .4rem 0; border-bottom: 1px solid var(--line); font-size: .9375rem; }
dl { border-top: 1px solid var(--line); }
dl.words { border: 0; max-width: 46rem; margin-top: 1.5rem; } dl.words > div { border: 0; padding: .2rem 0; grid-template-columns: 9.5rem 1fr; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.said { list-style: none; padding: 0; max-width: 60rem; } .said li { margin: .35rem 0; } .said li:not(.plain):has(> .symbol) { padding-left: 1.5em; }
.said li > .symbol { display: inline-block; width: 1.5em; margin-left: -1.5em; }
.said li.good, .said li.unknown, .said li.bad, .said li.warn { color: inherit; }
.said li.good > .symbol { color: var(--good); } .said li.bad > .symbol { color: var(--bad); } .said li.warn > .symbol { color: var(--warn); } .said li.unknown > .symbol { color: var(--unknown); }
.files { padding-left: 1.2em; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 2rem 3rem; margin: 1rem 0; }
.charts.two { grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
.charts.two figcaption { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; justify-content: space-between; }
figure { margin: 0; max-width: 30rem; }
figcaption { font-weight: 500; font-size: .9375rem; margin-bottom: .75rem; }
.words:not(dl) { font-size: .9375rem; color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; font-size: .875rem; color: var(--soft); max-width: none; }
.legend .bad { color: var(--bad); }
.key { display: inline-block; width: .8em; height: .8em; margin-right: .45em; border-radius: .15em; }
.key.free { background: var(--accent-soft); border-top: .15rem solid var(--accent); } .key.in-use { background: var(--track); border: 1px solid var(--in-use); } .key.lost { background: var(--lost); border: 1px solid var(--bad); }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
.chart .label { fill: var(--soft); } .chart .label.name, .chart .label.value { fill: var(--text); font-size: 13px; }
.chart .label.bad { fill: var(--bad); font-weight: 600; }
.chart .label.strong { fill: var(--text); font-weight: 600; }
.chart .grid { stroke: var(--line); } .chart .free { fill: var(--accent-soft); }
.chart .in-use { fill: var(--track); stroke: var(--in-use); stroke-width: .75; stroke-dasharray: 3 3; }
.chart .lost { fill: var(--lost); stroke: var(--bad); stroke-width: 1; }
.chart .curve { fill: none; stroke: var(--accent); stroke-width: 2.5; stroke-linejoin: round; }
.chart .point { fill: var(--page); stroke: var(--accent); stroke-width: 2.5; } .chart .point.loss { stroke: var(--bad); fill: var(--bad); }
.chart .refused { stroke: var(--bad); stroke-width: 3; fill: none; stroke-linecap: round; }
.chart .track { fill: var(--track); } .chart .bar { fill: var(--accent); } .chart .spread { stroke: var(--accent); stroke-width: 1.5; opacity: .6; }
.kernel-section { border-top: 1px solid var(--line); padding-top: 3rem; }
summary { cursor: pointer; padding: .3rem 0; }
summary:hover { color: var(--accent); }
.numbers { margin: 1rem 0; font-size: .9375rem; }
.numbers > summary { color: var(--soft); }
.numbers figure { margin: 1rem 0; }
.transcript > details { border-bottom: 1px solid var(--line); }
.transcript > details > summary { padding: .55rem 0; font-weight: 500; }
.count { color: var(--soft); font-weight: 400; font-size: .875rem; margin-left: .4em; }
.transcript ol { list-style: none; padding: 0 0 1.25rem; margin: 0; }
.transcript li { padding: .5rem .75rem; border-left: .2rem solid transparent; scroll-margin-top: 1rem; }
.transcript li:target, .files li:target { background: var(--accent-soft); border-left-color: var(--accent); }
.asked { display: grid; grid-template-columns: 3rem 1fr auto; column-gap: .25rem; align-items: baseline; }
.asked code { font-weight: 600; white-space: pre-wrap; } .prompt { color: var(--soft); font-weight: 400; }
.seq { color: var(--soft); font-size: .8rem; font-variant-numeric: tabular-nums; display: inline-block; width: 3rem; }
li.fact { display: grid; grid-template-columns: 3rem 1fr; column-gap: .25rem; font-size: .875rem; color: var(--soft); }
pre { margin: .4rem 0; padding: .6rem .8rem; background: var(--raised); border-radius: .3rem; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; font-size: .8125rem; tab-size: 14; }
pre code { font-size: inherit; }
pre.err { border-left: .2rem solid var(--bad); }
.transcript pre, .transcript li > details { margin-left: 3.25rem; }
.ended { color: var(--soft); font-size: .8rem; white-space: nowrap; padding-left: 1rem; }
.exit { color: var(--bad); font-weight: 600; }
.strip { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; list-style: none; padding: 0; margin: 1rem 0 1.5rem; } .strip .under { display: block; font-size: .75rem; }
.track { margin-top: 3rem; } .track tbody th { white-space: nowrap; } .track h3 { font-size: 1.25rem; } .track .chip { font-size: .8125rem; }
@media (max-width: 40rem) {
  body { padding-top: 1.5rem; } section { margin-top: 3rem; } .brand { margin-bottom: 1.5rem; }
  dl > div { grid-template-columns: 1fr; }
  dl.words > div { grid-template-columns: 1fr; padding: .35rem 0; }
  tr > :first-child { max-width: 9.5rem; }
  .asked { grid-template-columns: 1fr; } .transcript pre, .transcript li > details { margin-left: 0; } .ended { padding: 0; }
  .transcript li { padding-inline: .4rem; }
  caption { max-width: calc(100vw - 2rem); } pre { font-size: .72rem; tab-size: 8; }
}
@media print {
  :root {
    --page: #fff; --raised: #f6f6f4; --line: #ccc; --text: #000; --soft: #444; --accent: #2456c4; --accent-soft: #2456c42b;
    --good: #17693b; --good-soft: #e3f2e8; --bad: #b0201a; --bad-soft: #fbe6e3; --warn: #7d5000; --warn-soft: #f8edd6;
    --unknown: #55585d; --unknown-soft: #ebebe8; --lost: #b0201a4d; --in-use: #8e9299; --track: #e9e9e5;
  }
  @page { margin: 16mm 14mm; }
  html { font-size: 12.5px; }
  body { padding: 0; max-width: none; }
  nav, .skip, .numbers > summary { display: none; }
  details::details-content { display: block; content-visibility: visible; block-size: auto; }
  .scroll { overflow: visible; }
  #matrix-table { min-width: 0; } #matrix-table th, #matrix-table tbody th, #matrix-table td { min-width: 0; padding: 3pt 4pt 3pt 0; font-size: 7pt; } #matrix-table .evidence, #matrix-table .under, #matrix-table .chip { font-size: 6.5pt; } .part { white-space: normal; }
  pre { font-size: 7pt; line-height: 1.35; padding: 3pt 5pt; } .transcript li > details pre { columns: 3; } .transcript li { padding: 2pt 4pt; }
  tr > :first-child { position: static; }
  section { margin-top: 1.5rem; } .kernel-section { break-before: page; border: 0; padding: 0; }
  figure, tr, .said li, dl > div { break-inside: avoid; } h2, h3, summary, figcaption { break-after: avoid; }
  .chip, .chart, .key, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  a { color: inherit; text-decoration: none; }
}
`;
