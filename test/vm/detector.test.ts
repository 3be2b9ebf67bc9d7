/**
 * The instrument sees a leak: on a real machine an id is really held, and the verdict must turn. `docker rm` of a limited
 * container is made to leave behind what pins an id on kernels with CONFIG_MEMCG_SWAP: a tmpfs page charged to a cgroup,
 * swapped out, whose swap entry holds the cgroup's id after its removal (mem_cgroup_swapout, mm/memcontrol.c of 6.1).
 */
import { createJournal } from '../../src/scenario/journal.js';
import { slotsOf, type ChurnFacts } from '../../src/scenario/cgroup-slots/facts.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPlan } from '../../src/config/select.js';
import type { GuestShell } from '../../src/remote/guest-shell.js';
import { prepareBackend } from '../../src/run/backend.js';
import { runMatrix } from '../../src/run/run.js';
import { exitCode } from '../../src/verdict/exit.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { factsOfOnlyRun, workFolder, writeConfig } from './support.js';
import { lacking, MACHINES } from '../needs.js';

/** Stands before the real docker on PATH; after the removal of a limited container it pins one id. */
const PINNING_DOCKER = `#!/bin/sh
case "$*" in *"-m 100m"*) touch /run/limited ;; esac
/usr/bin/docker "$@"
code=$?
if [ "$1" = rm ] && [ -e /run/limited ]; then
  rm /run/limited
  pin=/sys/fs/cgroup/memory/pin
  tries=0
  until mkdir $pin 2>/dev/null; do
    tries=$((tries + 1)); [ $tries -gt 100 ] && exit $code
    sleep 0.1
  done
  sh -c "echo \\$\\$ > $pin/cgroup.procs; dd if=/dev/zero of=/dev/shm/pin-$(date +%s%N) bs=64k count=4 2>/dev/null"
  echo 1 > $pin/memory.force_empty
  rmdir $pin
fi
exit $code
`;

describe.skipIf(lacking(MACHINES))('a kernel made to hold the id of every limited container', () => {
  const folder = workFolder();
  let facts: RunFacts;

  beforeAll(async () => {
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1 }
guest: { os: debian }
sequence: { cycles: 3 }
kernels:
  - { name: pinned, source: deb, suite: bookworm-security, package: 'linux-image-6.1.*-cloud-amd64', expect: clean }
`,
    );
    const plan = loadPlan(config);
    const run = `detector-${process.pid}`;
    const journal = createJournal(join(folder, 'runs', run, 'journal.jsonl'));
    const started = { os: 'test', cpus: 2, memoryMib: 0 };
    const tool = { name: 'test', version: '0', node: process.version };
    journal.append({ kind: 'run.started', run, profile: 'test', profileReason: 'test', tool, host: started, plan });
    await runMatrix(
      {
        run,
        folder: join(folder, 'runs', run),
        plan,
        rows: plan.kernels,
        keep: false,
        consoleFile: (kernel) => `kernels/${kernel}/console.log`,
      },
      journal,
      { event: () => undefined, progress: () => undefined, close: () => undefined },
      new AbortController().signal,
      async (...input) => {
        const backend = await prepareBackend(...input);
        const { prepare } = backend.guest;
        const pinning = async (shell: GuestShell) => {
          await prepare(shell);
          await shell.must('cat > /usr/local/bin/docker && chmod 755 /usr/local/bin/docker', { input: PINNING_DOCKER });
          await shell.must(
            'test -e /swap || { dd if=/dev/zero of=/swap bs=1M count=64 2>/dev/null; mkswap /swap; }; chmod 600 /swap',
          );
          await shell.must('grep -q /swap /proc/swaps || swapon /swap');
        };
        return { ...backend, guest: { ...backend.guest, prepare: pinning } };
      },
    );
    journal.close();
    facts = await factsOfOnlyRun(join(folder, 'runs'));
  });

  it('is judged to leak, though the same kernel untouched is clean', () => {
    expect(facts.rows[0]!.outcome, JSON.stringify(facts.rows[0]!.outcome)).toMatchObject({ outcome: 'measured' });
    const [verdict] = judgeRun(facts);
    expect(verdict).toMatchObject({ verdict: 'leaks', status: 'differs' });
    expect(exitCode([verdict!])).toBe(1);
  });

  it('shows the loss in case 3, where the ids were pinned, and none in case 2', () => {
    const row = facts.rows[0]!;
    const capacities = (churn: ChurnFacts | null) => [
      churn!.started.before.capacity,
      ...churn!.cycles.map((cycle) => cycle.after.capacity),
    ];
    expect(capacities(slotsOf(row).case2)).toEqual([2, 1, 1, 1]);
    expect(capacities(slotsOf(row).case3).slice(0, 2)).toEqual([1, 0]);
    expect(slotsOf(row).case3!.finished!.stopped).toBe('refused');
    expect(slotsOf(row).case3!.cycles).toHaveLength(2);
  });

  it('finds the slot still lost after caches were dropped and every directory was removed', () => {
    const recover = slotsOf(facts.rows[0]!).recover!;
    expect(recover.lost).toBe(1);
    expect(recover.afterDropCaches.capacity).toBe(recover.before.capacity);
    const exhausted = slotsOf(facts.rows[0]!).exhausted!;
    const idsThen = exhausted.reading.liveDirectories;
    expect(idsThen - (recover.refilled! + recover.liveOther!)).toBe(1);
  });
});
