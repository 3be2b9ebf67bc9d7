import type { Provider } from './provider.js';
import { qemu } from './qemu/index.js';
import { ssh } from './ssh/index.js';
import { vagrant } from './vagrant/index.js';

/** Where machines come from, by the word that `provider:` of a machine has. A new provider is a line here and its folder. */
export const PROVIDERS: readonly Provider[] = [qemu, vagrant, ssh];
