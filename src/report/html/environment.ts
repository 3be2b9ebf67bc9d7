/** What the run was made with: tool, host, plan, files. */
import type { RunFacts } from '../../run-events/facts.js';
import { ABSENT, duration } from '../../base/text/figures.js';
import { scenariosOf } from '../../scenario/index.js';
import { anchor } from './evidence.js';
import { markup, type Markup, type Piece } from './markup.js';

/** Names and values; a value that is null is left out. */
export function definitions(entries: readonly (readonly [name: string, value: Piece])[]): Markup {
  return markup`<dl>${entries.map(([name, value]) => (value === null ? null : markup`<div><dt>${name}</dt><dd>${value}</dd></div>\n`))}</dl>`;
}

export function environment(facts: RunFacts): Markup {
  const { plan, host, tool, image } = facts;
  const resumed = facts.resumed.length;
  return definitions([
    ['run', facts.run],
    ['profile', `${facts.profile}: ${facts.profileReason}`],
    ['started', facts.startedAt],
    ['took', duration(facts.finished?.seconds ?? null)],
    ['resumed', resumed === 0 ? null : `${resumed} time${resumed === 1 ? '' : 's'}`],
    [
      'tried again',
      facts.retried.length === 0
        ? null
        : facts.retried
            .map(({ what, attempt, reason }) => `${what} (${attempt}): ${reason.split('\n')[0] ?? ''}`)
            .join('; '),
    ],
    ['interrupted', facts.interrupted?.signal ?? null],
    ['tool', `${tool.name} ${tool.version}, Node ${tool.node}`],
    ['host', `${host.os}, ${host.cpus} CPUs, ${host.memoryMib} MiB`],
    ['machines', `${plan.machine.provider}, ${plan.jobs} at the same time`],
    ['guest', plan.guest.os],
    ['guest image', image === null ? null : `${image.image}, Docker from ${image.docker}`],
    ['container image', plan.docker.image],
    ...scenariosOf(plan).flatMap(({ view }) => Object.entries(view.settings(plan))),
  ]);
}

/** Every file that came from elsewhere, with what vouches for it; null if there is none. */
export function files({ fetched }: RunFacts): Markup | null {
  if (fetched.length === 0) return null;
  return markup`<ul class="files">${fetched.map((file) => {
    const refused = file.refused.map(({ place, reason }) => `; not from ${place}: ${reason}`).join('');
    return markup`<li id="${anchor(file.seq)}"><strong>${file.use}</strong>: ${file.name}, ${file.size} bytes, from ${file.place || ABSENT} (${file.from}), verified by ${file.verifiedBy}${refused}<br><code>sha256 ${file.sha256}</code></li>\n`;
  })}</ul>`;
}
