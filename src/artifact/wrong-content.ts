import { UserError } from '../host/user-error.js';

/**
 * What a place gave is not the artifact: another hash, another key, a broken signature. Another place may have the right
 * one, while every other UserError is about this host and would come again from every place.
 */
export class WrongContent extends UserError {}
