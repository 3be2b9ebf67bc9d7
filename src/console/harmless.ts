/** A line that has an alarming word and means no harm here. */
interface Harmless {
  pattern: RegExp;
  /** Why it means no harm. */
  reason: string;
}

/**
 * What kernels print at every boot under QEMU or on CentOS 7's usual hypervisors. They are looked at before any sign, so a pattern
 * must fit its line and no other.
 */
export const HARMLESS: readonly Harmless[] = [
  {
    pattern: /^PCI: (?:Using|Ignoring) host bridge windows from ACPI; if necessary, use "pci=\w+" and report a bug$/,
    reason: 'advice to whoever finds no device; every boot with ACPI prints it',
  },
  {
    pattern: /^acpi PNP0A0[38]:[\da-f]{2}: fail to add MMCONFIG information, can't access extended (?:PCI )?config/,
    reason: "QEMU's machine `pc` has no PCI Express, so there is no such space",
  },
  {
    pattern:
      /^acpi PNP0A0[38]:[\da-f]{2}: _OSC:? (?:failed|not supported)|^acpi PNP0A0[38]:[\da-f]{2}: _OSC failed \(AE_NOT_FOUND\)/,
    reason: "the firmware does not hand over PCI Express's own services; there is nothing to hand over",
  },
  {
    pattern: /^ERST DBG: ERST support is initialized/,
    reason: 'the word is the name of a table of past errors',
  },
  {
    pattern: /^(?:tsc: )?(?:Unable to calibrate against PIT|Fast TSC calibration failed|PIT calibration matches HPET)/,
    reason: 'an emulated timer is too uneven to calibrate by; the kernel takes another one',
  },
  {
    pattern: /^\.\.MP-BIOS bug: 8254 timer not connected to IO-APIC$|^\.{5,7} failed(?: :\()?\.?$/,
    reason:
      'an emulated timer that came too late while the host was busy; the kernel tries the next way and says `works`',
  },
  {
    pattern: /^tsc: (?:Marking TSC unstable|HPET\/PMTIMER calibration failed)/,
    reason: 'an emulated clock; the kernel takes another one',
  },
  {
    pattern: /^(?:clocksource: )?timekeeping watchdog|^clocksource: .*watchdog/,
    reason: 'an emulated clock that ran unevenly while the host was busy; the kernel takes another one',
  },
  {
    pattern:
      /^i8042: (?:Can't read CTR|No controller found|Warning: Keylock active)|^i8042: probe of i8042 failed with error -\d+$/,
    reason: 'no keyboard is attached',
  },
  {
    pattern: /^(?:platform rtc_cmos: |rtc_cmos \S{1,40}: ).*(?:hctosys: unable to read the hardware clock|cannot)/,
    reason: 'the emulated clock was not ready at once; the time comes from elsewhere',
  },
  {
    pattern:
      /^(?:end_request|blk_update_request|print_req_error): I\/O error, dev fd\d+,|^(?:I\/O error, dev fd\d+,|Buffer I\/O error on dev(?:ice)? fd\d+,)|^floppy\d*: .*(?:timeout|error)/i,
    reason: "hypervisors emulate a floppy drive with no disk in it; CentOS's kernels look for one",
  },
  {
    pattern:
      /^(?:piix4_smbus|parport_pc|sd) .*: (?:SMBus base address uninitialized|SMBus Host Controller not enabled|Assuming drive cache: write through)/,
    reason: 'a device the hypervisor emulates only in part; nothing here uses it',
  },
  {
    pattern: /^sd .*: \[\w+\] (?:Incomplete mode parameter data|Cache data unavailable|No Caching mode page found)$/,
    reason: 'an emulated disk tells nothing of its cache',
  },
  {
    pattern: /^\[drm(?=.*(?:ERROR|Failed)).*(?:vmw_host_log|vmwgfx|VGA)|^\[drm\] .*(?:failed|error)/i,
    reason: "VirtualBox's graphics card; nothing is shown on one here",
  },
  {
    pattern: /^(?:vbox\w+|VBoxService): .*(?:error|fail)/i,
    reason: "VirtualBox's additions; nothing here uses them",
  },
  {
    pattern:
      /^(?:MDS|TAA|MMIO Stale Data|L1TF|Spectre V[12]|Speculative Store Bypass|SRBDS|RETBleed|Retbleed|SRSO|GDS|Register File Data Sampling|ITS|x86\/\w+)\b.*(?:vulnerab|mitigation|bug|warning)/i,
    reason: 'what the processor is open to; told at each boot, and no matter in a machine for one experiment',
  },
  {
    pattern: /^(?:Spectre V2 : WARNING: |RETBleed: WARNING: |VMSCAPE: |TSA: )/,
    reason: 'what the processor is open to; told at each boot, and no matter in a machine for one experiment',
  },
  {
    pattern: /^Kernel command line: |^Command line: |^Unknown kernel command line parameters /,
    reason: 'the command line, which may hold any word (errors=remount-ro, panic=10)',
  },
  {
    pattern: /^EXT4-fs \([^)]*\): (?:mounted filesystem|re-mounted)\b/,
    reason: 'mount options may hold errors=',
  },
  {
    pattern:
      /^EXT4-fs \([^)]*\): warning: (?:mounting unchecked fs|maximal mount count reached|checktime reached), running e2fsck is recommended$/,
    reason: 'a file system that is thrown away after the run',
  },
  {
    pattern:
      /^(?:Loading|Loaded|Problem loading|PKCS|Asymmetric|integrity: |blacklist: |cfg80211: |platform regulatory|regulatory).*(?:certificate|regulatory\.db|X\.509|key)/i,
    reason: 'certificates and radio rules that a guest without them has no use for',
  },
  {
    pattern: /^(?:[\w/-]+: )?(?:Direct firmware load for|loading) .*failed with error -2$/i,
    reason: 'firmware of a device that works without it',
  },
  {
    pattern:
      /^(?:RAS: Correctable Errors collector initialized|BERT: Boot Error Record Table support is disabled\. .*|HEST: (?:Table parsing has been initialized|Enabling Firmware First mode for corrected errors)|EINJ: Error INJection is initialized|ERST: Error Record Serialization Table \(ERST\) support is initialized|GHES: (?:APEI firmware first mode is enabled by .*|Failed to enable APEI firmware first mode))\.?$/,
    reason: 'names of parts of the kernel that watch for errors of the hardware, at their start',
  },
  {
    pattern: /^ACPI(?: Exception)?:? .*(?:AE_NOT_FOUND|AE_ALREADY_EXISTS)|^ACPI (?:BIOS )?(?:Error|Warning|Exception)/,
    reason: "the hypervisor's tables leave out what real firmware has; the kernel goes on without",
  },
  {
    pattern: /^(?:kvm|kvm_\w+|SVM|VMX)\b.*(?:not supported|disabled by bios|no hardware support|unsupported)/i,
    reason: 'no virtualisation inside the guest, and none is needed',
  },
  {
    pattern: /^(?:random|crng|urandom)\b.*(?:uninitialized urandom read|crng init done)/,
    reason: 'an early reader of randomness; told by every kernel before 5.18',
  },
  {
    pattern:
      /^(?:pcieport|pci) .*(?:can't claim|failed to (?:assign|claim)|BAR \d+.{0,100}(?:failed to assign|no space))/,
    reason: "address space of QEMU's empty ports; the devices used here have theirs",
  },
  {
    pattern: /^[\w.@():\\-]{1,200}\[\d{1,10}\]: /,
    reason: 'a program that speaks through /dev/kmsg, not the kernel',
  },
  {
    pattern: /^workqueue: .{1,200} hogged CPU for >\d+us \d+ times, consider switching to WQ_UNBOUND$/,
    reason: 'advice to developers since 6.5; an emulated or busy processor is slow for everybody',
  },
  {
    pattern: /^Oops: efitime: can't read time!?$/,
    reason: 'no oops: kernels 3.x say so where the clock of UEFI does not answer',
  },
  {
    pattern:
      /^kmemleak: (?:Kernel memory leak detector (?:initialized|disabled)|Automatic memory scanning thread started)/,
    reason: 'the detector of leaks at its start',
  },
  {
    pattern: /^traps: (?!PANIC)/,
    reason: 'a program of the guest has failed, not the kernel',
  },
  {
    pattern:
      /^process '.*' started with executable stack$|^warning: `.*' uses (?:32-bit capabilities|wireless extensions|deprecated)/,
    reason: 'an old program in the guest; the kernel names it once',
  },
  {
    pattern: /^cgroup: .*(?:nested hierarchy|deprecated|unsupported)|^cgroup: Disabling memory control group/,
    reason: 'how Docker or the row itself asks for cgroups',
  },
  {
    pattern: /^(?:memory\.\w|Memory limit).*(?:deprecated|kmem\.limit_in_bytes is deprecated)/,
    reason: 'an interface that a later kernel will not have',
  },
];

/** What no entry above may hide, whatever it fits. */
const NEVER = /\[Hardware Error\]|Kernel panic - not syncing/;

export function isHarmless(text: string): boolean {
  return !NEVER.test(text) && HARMLESS.some(({ pattern }) => pattern.test(text));
}
