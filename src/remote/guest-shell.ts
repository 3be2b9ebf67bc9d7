import { excerpt, REASON } from '../base/text/excerpt.js';
import { redact } from '../host/redact.js';
import type { CommandOptions, CommandResult, Session } from './session.js';

/** A command's result and the number of its journal event, which reports cite as evidence. */
export interface Recorded extends CommandResult {
  seq: number;
}

/** The last lines of a command's output, with a reference to the journal if they are cut. */
export function lastLines({ stdout, stderr, seq }: Recorded, lines = 5): string {
  const output = (stderr.trim() || stdout.trim()).split('\n').slice(-lines).join('\n');
  return excerpt(redact(output), REASON, `complete in journal ${seq}`);
}

/** A command failed that had to succeed. */
export class GuestCommandFailed extends Error {
  override readonly name = 'GuestCommandFailed';
  constructor(
    readonly machine: string,
    readonly command: string,
    readonly result: Recorded,
  ) {
    const output = lastLines(result);
    super(`${machine}: exit code ${result.code} from: ${command}${output ? `\n${output}` : ''}`);
  }
}

/** What records commands: the journal of a run. */
export interface CommandLog {
  append(
    event: { kind: 'command'; kernel: string | null; machine: string; phase: string; command: string } & CommandResult,
  ): { seq: number };
}

/** A session that writes every command to the journal before its result is used. */
export class GuestShell {
  phase = 'machine';

  constructor(
    readonly session: Session,
    private readonly journal: CommandLog,
    /** The row; null while a machine is prepared for any row. */
    private readonly kernel: string | null,
    private readonly defaultTimeout: number,
  ) {}

  get machine(): string {
    return this.session.machine;
  }

  /** The same session on behalf of a row: its later commands are that row's evidence. */
  forRow(kernel: string): GuestShell {
    return new GuestShell(this.session, this.journal, kernel, this.defaultTimeout);
  }

  /** Runs a command; a non-zero exit code is a result. */
  async run(command: string, options: Partial<CommandOptions> = {}): Promise<Recorded> {
    const result = await this.session.run(command, { timeout: this.defaultTimeout, ...options });
    const { seq } = this.journal.append({
      kind: 'command',
      kernel: this.kernel,
      machine: this.session.machine,
      phase: this.phase,
      command,
      ...result,
    });
    return { ...result, seq };
  }

  /** Runs a command that must succeed. @throws GuestCommandFailed */
  async must(command: string, options: Partial<CommandOptions> = {}): Promise<Recorded> {
    const result = await this.run(command, options);
    if (result.code !== 0) throw new GuestCommandFailed(this.machine, command, result);
    return result;
  }
}
