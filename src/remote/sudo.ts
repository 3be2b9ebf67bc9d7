import { shell as sh } from './quote.js';
import type { CommandOptions, CommandResult, Session } from './session.js';

/**
 * A session of an ordinary user who may use sudo without a password. Every command runs in root's shell, as in a session of root.
 * Errors and the journal contain the command without sudo.
 */
export class SudoSession implements Session {
  constructor(private readonly session: Session) {}

  get machine(): string {
    return this.session.machine;
  }

  run(command: string, options: CommandOptions): Promise<CommandResult> {
    // The PATH that sudo sets on CentOS 7 includes the system programs; Docker's client needs root's HOME.
    return this.session.run(sh`sudo -n -H -- sh -c ${command}`, options);
  }

  close(): void {
    this.session.close();
  }
}
