import { append } from '../../base/lists.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelRow, Plan } from '../../config/plan.js';
import { rebootAndProve, selectKernel } from '../../guest/boot.js';
import { el7BootLoader, entryOfRelease } from '../../guest/el7/boot-loader.js';
import { el7Guest } from '../../guest/el7/el7.js';
import { el7Recipe } from '../../guest/el7/recipe.js';
import type { El7Artifacts, RpmFile } from '../../guest/el7/steps.js';
import { GuestShell } from '../../remote/guest-shell.js';
import { sourceOf } from '../../kernel/table.js';
import type { Machine } from '../../provider/machine.js';
import type { ProviderCommands } from '../../provider/provider.js';
import { providerOf } from '../../provider/table.js';
import { runtimeOf } from '../../runtime/index.js';
import { scenariosOf } from '../../scenario/index.js';
import { createJournal } from '../../scenario/journal.js';
import { PretendGuest } from './pretend.js';
import { sourceLineOf } from './source-lines.js';

/**
 * Every command a run of a CentOS 7 profile would give the guest, in order: the recipe, then row by row. Beside it the line of
 * the source procedure it stands for, and what of the source is not carried out, and why. Empty for other guests.
 */
export async function commandsOf(plan: Plan): Promise<string> {
  if (plan.guest.os !== 'el7') return '';
  const artifacts = placeholders(plan);
  const rows = await Promise.all(plan.kernels.map((row) => commandsOfRow(row, plan, artifacts)));
  const { last = [] } = extraCommands(plan);
  return [...recipeLines(plan, artifacts), ...rows.flat(), ...last, ''].join('\n');
}

function recipeLines(plan: Plan, artifacts: El7Artifacts): string[] {
  const recipe = el7Recipe(plan, artifacts, isExisting(plan));
  const { before = [], first = [] } = extraCommands(plan);
  const lines = [
    '',
    'commands in the guest, as root. `$` runs; `?` is asked first, and what follows it runs only if it fails;',
    '`source:` is the line of the source procedure a command stands for.',
    '',
    ...before,
    'once for each machine:',
    ...first,
  ];
  for (const left of recipe.leftOut) lines.push('', `source: ${left.source}`, `  not run: ${left.why}`);
  for (const step of recipe.steps) {
    lines.push('', `# ${step.name}: ${step.why}`);
    append(
      lines,
      step.source.map((line) => `source: ${line}`),
    );
    lines.push(`? ${indent(step.check)}`);
    for (const { command, inputFile } of step.act) {
      lines.push(`$ ${indent(command)}${inputFile === undefined ? '' : `   < ${inputFile}`}`);
    }
  }
  return lines;
}

/** What the provider does beside the guest's commands. */
function extraCommands({ machine }: Plan): Partial<ProviderCommands> {
  return providerOf(machine).commands?.(machine) ?? {};
}

function isExisting({ machine }: Plan): boolean {
  return providerOf(machine).existing !== undefined;
}

async function commandsOfRow(row: KernelRow, plan: Plan, artifacts: El7Artifacts): Promise<string[]> {
  const release = row.release ?? '';
  const oneShot = isExisting(plan);
  const title = `CentOS Linux (${release}) 7 (Core)`;
  const pretend = new PretendGuest(release, row.cgroup, {
    menu: `menuentry '${title}' --class centos {\n`,
    cmdline: `BOOT_IMAGE=/vmlinuz-${release} ro`,
    readBack: (name) => `${oneShot ? 'next_entry' : 'saved_entry'}=${name}\n`,
  });
  const lines = ['', `kernel ${row.name} (${release}):`];
  let shown = 0;
  const show = (phase: string) => {
    const commands = pretend.commands.slice(shown);
    shown = pretend.commands.length;
    if (commands.length > 0) append(lines, ['', `# ${phase}`, ...commands.flatMap(commandLines)]);
  };
  const folder = mkdtempSync(join(tmpdir(), 'kernel-matrix-dry-run-'));
  const journal = createJournal(join(folder, 'journal.jsonl'));
  try {
    const guest = el7Guest(plan, artifacts, oneShot);
    const loader = el7BootLoader(oneShot);
    const shell = new GuestShell(pretend, journal, row.name, plan.timeouts.command);
    const target = { kernel: row.name, entry: entryOfRelease(release), release };
    const signal = new AbortController().signal;
    const machine = { name: 'm1', failure: signal, connect: () => Promise.resolve(pretend) } as unknown as Machine;
    await selectKernel(shell, loader, target, journal);
    show('select: the menu as the source lists it, the default by its exact title, read back');
    const deadlines = { deadline: plan.timeouts.boot, commandTimeout: plan.timeouts.command };
    await rebootAndProve(shell, loader, target, { machine, journal, signal, ...deadlines });
    show('boot: a new boot_id, uname -r and BOOT_IMAGE prove what runs');
    await guest.prepare(shell);
    show('prepare: Docker answers, the image is there');
    const nothing = () => undefined;
    const parts = { run: '<run>', row, plan, runtime: runtimeOf(plan), shell, journal, menu: loader.menu };
    for (const scenario of scenariosOf(plan)) {
      const context: unknown = await scenario.begin({ ...parts, progress: nothing, reached: nothing });
      show('the tool that makes and counts directories');
      for (const step of scenario.steps) {
        await step.run(context);
        show(step.phase);
      }
    }
  } finally {
    journal.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return lines;
}

function commandLines(command: string): string[] {
  const line = sourceLineOf(command);
  const shown = `$ ${indent(command.replaceAll('c0ffee00'.repeat(8), '<container>'))}`;
  if (command.includes('menuentry')) return ['source: grep menuentry.*Core /etc/grub2.cfg', shown];
  return line === null ? [shown] : [`source: ${line.source}${line.why ? `   (${line.why})` : ''}`, shown];
}

/** A command of several lines stays one block. */
function indent(command: string): string {
  return command.replaceAll('\n', '\n    ');
}

/** Stand-ins for the files that a run fetches first. */
function placeholders(plan: Plan): El7Artifacts {
  const rpm = (name: string): RpmFile => ({ name, path: `<cache>/${name}`, sha256: `<sha256 of ${name}>` });
  const { docker } = plan;
  const archive = docker.image_archive;
  return {
    docker: [rpm(`${docker.package ?? 'docker-ce'}-${docker.version ?? ''}.x86_64.rpm`)],
    tools: [],
    kernels: new Map(
      plan.kernels.map(
        (row) =>
          [
            row.name,
            sourceOf(row)
              .artifacts(row, plan)
              .map(({ name }) => rpm(name)),
          ] as const,
      ),
    ),
    image: archive === undefined ? null : { ...rpm('image.tar'), path: archive },
  };
}
