/** Where the host keeps what its default kernel was, from before the first change until it is restored. */
const REMEMBERED = '/var/lib/kernel-matrix/default-kernel';

/**
 * Commands for the default boot entry of an existing host. Entries are named by the kernel's path, as their numbers change with each
 * kernel installed. The original default is stored on the host itself, so that it can be restored even if this program is killed.
 */
export const REMEMBER_DEFAULT_KERNEL =
  `test -s ${REMEMBERED} || { mkdir -p /var/lib/kernel-matrix && grubby --default-kernel > ${REMEMBERED}.part && ` +
  `test -s ${REMEMBERED}.part && mv ${REMEMBERED}.part ${REMEMBERED}; }`;

/** Makes the remembered kernel the default, after kernels were installed; `check` tells whether it is. */
export const PIN_DEFAULT_KERNEL = {
  check: `test "$(grubby --default-kernel)" = "$(cat ${REMEMBERED})"`,
  act: `grubby --set-default "$(cat ${REMEMBERED})"`,
} as const;

/** Takes back the one-shot selection and makes the remembered kernel the default again; does nothing a second time. */
export const RESTORE_DEFAULT_KERNEL =
  `if test -s ${REMEMBERED}; then grub2-editenv - unset next_entry && ${PIN_DEFAULT_KERNEL.act} && ` +
  `rm -f ${REMEMBERED}; fi`;
