import { debSource } from './deb.js';
import { fileSource } from './file.js';
import { rpmSource } from './rpm.js';
import type { KernelSource } from './source.js';

/** Where kernels come from, by the word that `source:` of a row has. A new source is a line here and its file. */
export const KERNEL_SOURCES: readonly KernelSource[] = [debSource, fileSource, rpmSource];
