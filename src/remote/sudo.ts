import { shell as sh } from './quote.js';
import type { CommandOptions, CommandResult, Session } from './session.js';

/**
 * A session of an ordinary user that may use sudo without a password: every command is run by root's shell, as it would be
 * in a session of root. Errors and the journal name the command itself.
 */
export class SudoSession implements Session {
  constructor(private readonly session: Session) {}

  get machine(): string {
    return this.session.machine;
  }

  run(command: string, options: CommandOptions): Promise<CommandResult> {
    // sudo's own PATH on CentOS 7 has the folders of system programs; HOME must be root's for Docker's client.
    return this.session.run(sh`sudo -n -H -- sh -c ${command}`, options);
  }

  close(): void {
    this.session.close();
  }
}
