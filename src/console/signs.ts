import type { ConsoleClass, ConsoleSeverity } from './finding.js';

/** What ends a machine (fatal), what does not but is told (serious), what is only recorded (notice). */
export const SEVERITY: Record<ConsoleClass, ConsoleSeverity> = {
  panic: 'fatal',
  'no-boot': 'fatal',
  halted: 'fatal',
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
  'hardware-error': 'serious',
  lockdep: 'serious',
  leak: 'serious',
  'network-device': 'serious',
  'left-out': 'serious',
  trace: 'notice',
  other: 'notice',
};

/** A line that begins something, without its time stamp. */
interface Sign {
  class: ConsoleClass;
  pattern: RegExp;
  /** Others than kernels say so too, so it counts only behind a time stamp. */
  stamped?: true;
}

/** Names of memory cgroups stand in names of caches (3.10 to 5.8), with anything in them. */
const CACHE = String.raw`.{1,400}?`;
/** What lockdep says (kernel/locking/lockdep.c, rtmutex-debug.c, include/linux/rcupdate.h), in brackets up to 4.10. */
const LOCKDEP = [
  'possible (?:circular locking|recursive locking|irq lock inversion) (?:dependency )?detected',
  '(?:HARDIRQ|SOFTIRQ|RECLAIM_FS|\\w{1,20})-(?:READ-)?safe -> ',
  'inconsistent lock state',
  'bad (?:unlock balance|contention) detected',
  'held lock freed',
  'lock held (?:when returning to user ?space|at task exit)',
  '.{1,80} still has locks held',
  'suspicious (?:RCU|rcu_dereference_check\\(\\)) usage',
  'Nested lock was not taken',
  'Invalid wait context',
  'irq event stamp',
  '(?:circular locking|recursive) deadlock detected',
].join('|');

/**
 * The kernel's own words, 3.10 to 7.x; the first that matches decides. Where a wording has changed the source file is named, so
 * that the next change is found there. What a boot ends with stands in dead.ts.
 */
const SIGNS: readonly Sign[] = [
  // kernel/panic.c; `---[ end Kernel panic` closes one and begins none.
  { class: 'panic', pattern: /^(?!---\[ end ).*Kernel panic - not syncing|^PANIC: early exception/ },
  // Before 4.13 with `NMI watchdog:`, before 3.18 with nothing before BUG (kernel/watchdog.c).
  { class: 'soft-lockup', pattern: /^(?:NMI )?(?:watchdog: )?BUG: soft lockup - CPU#\d+ stuck for/ },
  // 6.5 can have another CPU find it: `watchdog: CPU5: Watchdog detected hard LOCKUP on cpu 6` (kernel/watchdog.c).
  {
    class: 'hard-lockup',
    pattern: /^(?:NMI )?(?:watchdog: )?(?:CPU\d+: )?(?:Watchdog detected hard LOCKUP|BUG: Hard Lockup)/i,
  },
  { class: 'workqueue-lockup', pattern: /^BUG: workqueue lockup - pool/ },
  { class: 'kernel-bug', pattern: /^kernel BUG at \S/ },
  // Before 5.1 `unable to handle kernel NULL pointer dereference at` and `… kernel paging request at` (arch/x86/mm/fault.c).
  {
    class: 'oops',
    pattern: /^BUG: (?:unable to handle|kernel NULL pointer dereference|(?:\w+ )?stack guard page was hit)/,
  },
  // `general protection fault: 0000 [#1] SMP`, `Oops: 0002 [#1] SMP`; since 6.10 all of them begin with `Oops: ` (arch/x86/kernel/dumpstack.c).
  { class: 'oops', pattern: /^(?:Oops: )*.{0,160}\b[0-9a-f]{4} \[#\d+\]/ },
  {
    class: 'oops',
    pattern:
      /^(?:Oops: (?:general protection fault|invalid opcode|divide error|int3|stack segment|double fault|control protection|alignment check|bounds|segment not present)\b|(?:traps: )?PANIC: double fault)/,
  },
  { class: 'oops', pattern: /^(?:general protection fault(?:,|:)|divide error: )/, stamped: true },
  // lib/locking-selftest.c asks for them on purpose, without `WARNING: `.
  { class: 'lockdep', pattern: new RegExp(`^(?:WARNING|INFO|BUG): (?:${LOCKDEP})`) },
  { class: 'lockdep', pattern: new RegExp(`^\\[ (?:BUG|INFO|WARNING): (?:${LOCKDEP})`) },
  { class: 'lockdep', pattern: /^\[ (?:BUG|INFO|WARNING): .{1,200}[^ ] ?\]$/, stamped: true },
  {
    class: 'lockdep',
    pattern:
      /^(?:INFO: trying to register non-static key|BUG: (?:MAX_LOCK|MAX_STACK_TRACE_ENTRIES|key \S+ (?:not in|has not been)|looking up invalid subclass|workqueue leaked lock))/,
  },
  // mm/page_alloc.c, mm/memory.c, kernel/sched/core.c, lib/, mm/kasan …: all go on.
  {
    class: 'bad-state',
    pattern:
      /^BUG: (?:Bad (?:page|rss-counter)|scheduling while atomic|sleeping function called|KASAN|KFENCE|KCSAN|KMSAN|spinlock|rwlock|using \S+ in preemptible|non-zero (?:pgtables|nr_)|Dentry |TASK|unable)/,
  },
  { class: 'bad-state', pattern: /^BUG: /, stamped: true },
  // mm/slub.c slab_bug(), mm/slab.c.
  { class: 'bad-state', pattern: new RegExp(`^BUG ${CACHE} \\((?:Not tainted|Tainted: )`) },
  { class: 'bad-state', pattern: /^(?:Slab corruption|slab error in \S{1,100}\(\): )/, stamped: true },
  // Before 3.11 `WARNING: at file:line`, later 6.x `WARNING: file:line at func` (kernel/panic.c).
  { class: 'warning', pattern: /^WARNING: (?:CPU: \d+ PID: |at \S{1,200}:\d+|\S{1,200}:\d+ at )/ },
  // lib/ubsan.c; before 5.9 `Undefined behaviour in`.
  { class: 'warning', pattern: /^UBSAN: .{1,100} in \S/ },
  // Later 6.x can say `blocked in I/O wait for more than` (kernel/hung_task.c).
  { class: 'hung-task', pattern: /^INFO: task .{1,100} blocked .{0,100}?for more than \d+ seconds/ },
  // Since 4.20 with `rcu: ` before it (kernel/rcu/tree_stall.h).
  { class: 'rcu-stall', pattern: /^(?:rcu: )?INFO: rcu\w* (?:self-)?detected (?:expedited )?stalls?/ },
  {
    class: 'rcu-stall',
    pattern: /^(?:rcu: )?\w{0,40}rcu\w{0,40} kthread (?:starved for|timer wakeup didn't happen for)/,
  },
  // Before 5.3 `Kill process … score … or sacrifice child`, after it `Killed process` (mm/oom_kill.c).
  { class: 'memcg-oom', pattern: /^Memory cgroup out of memory: / },
  { class: 'oom', pattern: /^Out of memory(?: \([\w ]+\))?: Kill|^Out of memory and no killable processes/ },
  // Since 6.11 `on CPU 0 (of node 0) on node -1` (mm/slub.c).
  { class: 'slab-failure', pattern: /^SL[AU]B: Unable to allocate memory on / },
  {
    class: 'slab-failure',
    pattern: /^kmem_cache_destroy\b.*Slab cache still has objects|^cache_from_obj: Wrong slab cache/,
  },
  // Before 4.10 with nothing but the order behind it; vmalloc's own until 5.11, then `vmalloc size` or `vmalloc error: size` (mm/page_alloc.c warn_alloc, mm/vmalloc.c).
  {
    class: 'page-allocation-failure',
    pattern:
      /^.{1,40}: (?:page allocation (?:failure|stalls for)|vmalloc: allocation failure|vmalloc (?:error: )?size \d+, .{0,60}fail|vmalloc size \d+ allocation failure)/,
  },
  // mm/percpu.c: a memory cgroup takes memory of each processor.
  { class: 'page-allocation-failure', pattern: /^(?:percpu|PERCPU): allocation failed, size=/ },
  // fs/xfs/kmem.c until 6.9.
  { class: 'page-allocation-failure', pattern: /^XFS: (?:.{1,60}\(\d+\) )?possible memory allocation deadlock/ },
  {
    class: 'file-system-error',
    pattern:
      /^EXT4-fs (?:error|warning|\([^)]*\): (?:error|Remounting filesystem read-only|Delayed block allocation failed|This should not happen!!|failed to convert unwritten extents|ext4_writepages: jbd2_start: ))/,
  },
  {
    class: 'file-system-error',
    pattern: /^JBD2: (?:Error|I\/O error|Detected IO errors|Spotted dirty metadata buffer)|^Aborting journal on device/,
  },
  // fs/xfs/xfs_message.c, xfs_error.c, xfs_buf.c, xfs_log.c.
  {
    class: 'file-system-error',
    pattern:
      /^XFS \([^)]{1,80}\): (?:Internal error|Corruption|[Mm]etadata (?:I\/O error|corruption|CRC error)|[Ll]og I\/O [Ee]rror|page discard on |SB validate failed|failed to read root inode|xfs_inactive_ifree: |Failing async write|writeback error|xfs_do_force_shutdown|xfs_log_force: error|.{0,200}[Ss]hut(?:ting)? down|.{0,60}mount\/recovery failed)/,
  },
  { class: 'file-system-error', pattern: /^XFS: (?:Internal error |Assertion failed: )/ },
  // fs/btrfs/messages.c, transaction.c, inode.c; fs/fat, fs/squashfs, fs/f2fs.
  {
    class: 'file-system-error',
    pattern:
      /^BTRFS:? (?:critical|error|emergency)\b|^BTRFS: Transaction aborted |^BTRFS (?:warning|info) \([^)]{1,80}\): (?:csum failed |forced readonly)|^(?:FAT-fs|F2FS-fs|EXT[23]-fs) \([^)]{1,80}\): error|^SQUASHFS error/,
  },
  // fs/super.c, fs/open.c, fs/buffer.c.
  {
    class: 'file-system-error',
    pattern:
      /^VFS: (?:Busy inodes after unmount|Close: file count is|brelse: Trying to free|Dirty inode writeback failed)/,
  },
  // `end_request:` before 3.18, `blk_update_request:`, from 4.13 to 5.2 `print_req_error:`, until 5.15, then nothing (block/blk-core.c, block/blk-mq.c).
  {
    class: 'io-error',
    pattern:
      /^(?:(?:end_request|blk_update_request|print_req_error): )?(?:critical [\w ]{1,20} error|(?:I\/O|timeout|protection|device resource|device offline|recoverable transport|zone resource|reservation conflict) error), dev /,
  },
  { class: 'io-error', pattern: /^Buffer I\/O error on dev|^lost (?:async )?page write due to I\/O error on / },
  // drivers/ata/libata-eh.c, drivers/scsi/scsi_lib.c.
  {
    class: 'io-error',
    pattern: /^ata\d+(?:\.\d\d)?: exception Emask |^sd \S{1,40}: (?:\[\w+\] )?rejecting I\/O to /,
  },
  { class: 'io-error', pattern: /^nvme \S{1,40}: (?:I\/O .*timeout|controller is down|Device not ready)/ },
  // arch/x86/kernel/cpu/mce, drivers/edac/edac_mc.c, drivers/acpi/apei, drivers/pci/pcie/aer.c, mm/memory-failure.c, arch/x86/kernel/nmi.c.
  { class: 'hardware-error', pattern: /^.{0,40}\[Hardware Error\]: / },
  {
    class: 'hardware-error',
    pattern: /^EDAC (?:\S{1,20} )?(?:MC|PCI|DEVICE)\d*: .{0,200}\b(?:[CU]E|N?PE|[Ee]rrors?|ERROR|Machine Check)\b/,
  },
  {
    class: 'hardware-error',
    pattern:
      /^(?:MCE 0x|MCE: Killing |mce: (?:Uncorrected|Machine check|CPUs? not responding to MCE)|Memory failure: 0x|BERT: Error records from|(?:mce: )?CPU\d+: (?:Core|Package) temperature (?:is )?above threshold|(?:NMI: (?:PCI system error|IOCK error)|Uhhuh\. NMI received for unknown reason)|pcieport .{1,30}: (?:AER: .{0,40}error.{0,20} received|PCIe Bus Error)|[\w-]{1,30} [\da-f:.]{7,16}: PCIe Bus Error: )/,
    stamped: true,
  },
  // mm/kmemleak.c.
  { class: 'leak', pattern: /^kmemleak: (?:\d+ new suspected memory leaks?|unreferenced object 0x)/ },
  // net/core/dev.c, net/sched/sch_generic.c.
  { class: 'network-device', pattern: /^unregister_netdevice: waiting for .{1,40} to become free/ },
  { class: 'network-device', pattern: /^(?:.{1,80}: )?NETDEV WATCHDOG: /, stamped: true },
  { class: 'trace', pattern: /^Call Trace:/, stamped: true },
];

/** Words that want an entry here or in the table of harmless lines. */
const SUSPICIOUS =
  /\b(?:bugs?|warnings?|errors?|fail(?:ed|ure|ures|s|ing)?|corrupt(?:ed|ion)?|timed out|timeout|lockup|stall(?:ed|s)?|oops|panic|unable|cannot|invalid|leak(?:s|ed)?|deadlock|hung|stuck|not responding|waiting for \S+ to)\b/i;

/** How a line is said. */
export interface Said {
  /** By the kernel, as far as can be told. */
  kernel: boolean;
  /** With a time stamp: certainly. */
  stamped: boolean;
  /** As `dmesg -x` has its level. */
  urgent?: boolean | null;
}

/** What a line is, harmless ones left aside. */
export function classOf(text: string, { kernel, stamped, urgent }: Said): ConsoleClass | null {
  if (!kernel) return null;
  const sign = SIGNS.find((each) => (stamped || !each.stamped) && each.pattern.test(text));
  if (sign) return sign.class;
  return stamped && (urgent || SUSPICIOUS.test(text)) ? 'other' : null;
}
