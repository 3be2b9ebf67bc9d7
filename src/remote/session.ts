/** What a command in the guest answered. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface CommandOptions {
  /** Deadline in seconds. */
  timeout: number;
  /** Seconds it may say nothing, for a command that tells how far it is; without it only the deadline counts. */
  quietFor?: number;
  /** Written to the command's standard input, which is then closed. */
  input?: string;
  /** Path of a file of this host that is written to the command's standard input, which is then closed. */
  inputFile?: string;
  /** Called with each line of standard output as it comes. */
  onLine?: (line: string) => void;
}

/**
 * One session to one machine, held open for a whole row: at exhaustion a new login could take a slot, or find none.
 * A command that was answered is a result, whatever its exit code; anything else is thrown.
 */
export interface Session {
  /** The machine it leads to. */
  readonly machine: string;
  /**
   * @throws ConnectionLost if the connection ends before the command does (a panic, a reboot, a killed sshd).
   * @throws CommandTimeout if the deadline passes, or it is silent for too long; the command may still run in the guest.
   */
  run(command: string, options: CommandOptions): Promise<CommandResult>;
  close(): void;
}

/** The connection ended in the middle of a command: not a result of it. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  constructor(
    readonly machine: string,
    readonly command: string,
    detail: string,
  ) {
    super(`${machine}: the connection was lost during: ${command} (${detail})`);
  }
}

/** A command did not end by its deadline, or said nothing for too long. */
export class CommandTimeout extends Error {
  override readonly name = 'CommandTimeout';
  constructor(
    readonly machine: string,
    readonly command: string,
    readonly deadline: number,
    readonly output: string,
    /** Seconds it had said nothing, where that ended it; null where the deadline did. */
    readonly silentFor: number | null = null,
  ) {
    const how =
      silentFor === null
        ? `not ended after ${deadline} s`
        : `silent for ${silentFor} s, so the guest looks dead, during`;
    super(`${machine}: ${how}: ${command}${output ? ` (its last words: ${output})` : ''}`);
  }
}
