import { UserError } from '../host/user-error.js';

/**
 * The content from a place is not the artifact: another hash, another key, a broken signature. Another place may have the right one. Any
 * other UserError is about this host, and would occur with every place.
 */
export class WrongContent extends UserError {}
