import type { ConsoleClass, ConsoleSeverity } from '../../journal/console-finding.js';

/** What ends a machine (fatal), what does not but is told (serious), what is only recorded (notice). */
export const SEVERITY: Record<ConsoleClass, ConsoleSeverity> = {
  panic: 'fatal',
  'no-boot': 'fatal',
  oops: 'serious',
  'kernel-bug': 'serious',
  'bad-state': 'serious',
  warning: 'serious',
  'soft-lockup': 'serious',
  'hard-lockup': 'serious',
  'workqueue-lockup': 'serious',
  'hung-task': 'serious',
  'rcu-stall': 'serious',
  oom: 'serious',
  'memcg-oom': 'serious',
  'slab-failure': 'serious',
  'page-allocation-failure': 'serious',
  'file-system-error': 'serious',
  'io-error': 'serious',
  trace: 'notice',
  other: 'notice',
};

/** A line that begins something, without its time stamp. */
interface Sign {
  class: ConsoleClass;
  pattern: RegExp;
}

/**
 * The kernel's own words, 3.10 to 6.x; the first that matches decides. Where a wording has changed the source file is named, so
 * that the next change is found there.
 */
const SIGNS: readonly Sign[] = [
  // kernel/panic.c; `---[ end Kernel panic` closes one and begins none.
  { class: 'panic', pattern: /^(?!---\[ end ).*Kernel panic - not syncing/ },
  // The initramfs of src/machine/qemu/image/initramfs.ts and SeaBIOS.
  { class: 'no-boot', pattern: /^(?:initramfs: the root file system .* was not found|No bootable device)/ },
  // Before 4.13 with `NMI watchdog:`, before 3.18 with nothing before BUG (kernel/watchdog.c).
  { class: 'soft-lockup', pattern: /^(?:NMI )?(?:watchdog: )?BUG: soft lockup - CPU#\d+ stuck for/ },
  // 6.5 can have another CPU find it: `watchdog: CPU5: Watchdog detected hard LOCKUP on cpu 6` (kernel/watchdog.c).
  {
    class: 'hard-lockup',
    pattern: /^(?:NMI )?(?:watchdog: )?(?:CPU\d+: )?(?:Watchdog detected hard LOCKUP|BUG: Hard Lockup)/i,
  },
  { class: 'workqueue-lockup', pattern: /^(?:BUG: workqueue lockup - pool|workqueue: .* hogged CPU for)/ },
  { class: 'kernel-bug', pattern: /^kernel BUG at / },
  // Before 5.1 `unable to handle kernel NULL pointer dereference at` and `… kernel paging request at` (arch/x86/mm/fault.c).
  { class: 'oops', pattern: /^BUG: (?:unable to handle|kernel NULL pointer dereference)/ },
  // `general protection fault: 0000 [#1] SMP`, `Oops: 0002 [#1] SMP`; since 6.10 all of them begin with `Oops: ` (arch/x86/kernel/dumpstack.c).
  { class: 'oops', pattern: /^(?:Oops: )*.{0,160}\b[0-9a-f]{4} \[#\d+\]/ },
  { class: 'oops', pattern: /^(?:Oops: |general protection fault(?:,|:)|PANIC: double fault|divide error: )/ },
  // mm/page_alloc.c, mm/memory.c, kernel/sched/core.c, lib/, mm/kasan …: all go on.
  { class: 'bad-state', pattern: /^BUG: / },
  { class: 'bad-state', pattern: /^BUG [\w:.-]+ \((?:Not tainted|Tainted: )/ },
  // Before 3.11 `WARNING: at file:line`, later 6.x `WARNING: file:line at func` (kernel/panic.c).
  { class: 'warning', pattern: /^WARNING: / },
  // Later 6.x can say `blocked in I/O wait for more than` (kernel/hung_task.c).
  { class: 'hung-task', pattern: /^INFO: task .{1,80}? blocked .{0,40}?for more than \d+ seconds/ },
  // Since 4.20 with `rcu: ` before it (kernel/rcu/tree_stall.h).
  { class: 'rcu-stall', pattern: /^(?:rcu: )?INFO: rcu\w* (?:self-)?detected (?:expedited )?stalls?/ },
  {
    class: 'rcu-stall',
    pattern: /^(?:rcu: )?\w{0,20}rcu\w{0,20} kthread (?:starved for|timer wakeup didn't happen for)/,
  },
  // Before 5.3 `Kill process … score … or sacrifice child`, after it `Killed process` (mm/oom_kill.c).
  { class: 'memcg-oom', pattern: /^Memory cgroup out of memory: / },
  { class: 'oom', pattern: /^Out of memory(?: \([\w ]+\))?: |^Out of memory and no killable processes/ },
  // Since 6.11 `on CPU 0 (of node 0) on node -1` (mm/slub.c).
  { class: 'slab-failure', pattern: /^SLUB?: Unable to allocate memory on / },
  {
    class: 'slab-failure',
    pattern: /^kmem_cache_destroy\b.*Slab cache still has objects|^cache_from_obj: Wrong slab cache/,
  },
  { class: 'page-allocation-failure', pattern: /^.{1,40}: page allocation (?:failure|stalls for)/ },
  {
    class: 'file-system-error',
    pattern: /^EXT4-fs (?:error|warning|\([^)]*\): (?:error|Remounting filesystem read-only))/,
  },
  { class: 'file-system-error', pattern: /^JBD2: (?:Error|Detected IO errors)|^Aborting journal on device/ },
  {
    class: 'file-system-error',
    pattern: /^XFS \([^)]*\): (?:Internal error|Corruption|metadata I\/O error|.*[Ss]hutting down)/,
  },
  // `end_request:` before 3.18, `blk_update_request:` until 5.15, then neither (block/blk-core.c, block/blk-mq.c).
  {
    class: 'io-error',
    pattern:
      /^(?:(?:end_request|blk_update_request): )?(?:critical \w+ error|(?:I\/O|timeout|protection|device resource) error), dev /,
  },
  { class: 'io-error', pattern: /^Buffer I\/O error on dev|^lost (?:async )?page write due to I\/O error on / },
  { class: 'io-error', pattern: /^nvme \S+ (?:I\/O .*timeout|controller is down|Device not ready)/ },
  { class: 'trace', pattern: /^Call Trace:/ },
];

/** Words that want an entry here or in the table of harmless lines. */
const SUSPICIOUS =
  /\b(?:bugs?|warnings?|errors?|fail(?:ed|ure|ures|s|ing)?|corrupt(?:ed|ion)?|timed out|timeout|lockup|stall(?:ed|s)?|oops|panic|unable|cannot|invalid)\b/i;

/** What a line is, harmless ones left aside. @param kernel whether it is the kernel's own by its time stamp. */
export function classOf(text: string, kernel: boolean): ConsoleClass | null {
  const sign = SIGNS.find(({ pattern }) => pattern.test(text));
  if (sign) return sign.class;
  return kernel && SUSPICIOUS.test(text) ? 'other' : null;
}
