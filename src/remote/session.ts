/** The result of a command in the guest. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface CommandOptions {
  /** Deadline in seconds. */
  timeout: number;
  /** Seconds without output after which it counts as dead, for a command that reports progress; default: no such limit. */
  quietFor?: number;
  /** Written to the command's standard input, which is then closed. */
  input?: string;
  /** Path of a file on this host that is written to the command's standard input, which is then closed. */
  inputFile?: string;
  /** Called with each line of standard output as it comes. */
  onLine?: (line: string) => void;
}

/**
 * One session to one machine, kept open for a whole row: during exhaustion a new login could take a slot, or find none.
 * A command that ended is a result, whatever its exit code; anything else is thrown.
 */
export interface Session {
  /** The machine it leads to. */
  readonly machine: string;
  /**
   * @throws ConnectionLost if the connection ends before the command does (a panic, a reboot, a killed sshd).
   * @throws CommandTimeout after the deadline, or after `quietFor` seconds of silence; the command may still run in the guest.
   */
  run(command: string, options: CommandOptions): Promise<CommandResult>;
  close(): void;
}

/** The connection ended during a command, so the command has no result. */
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

/** A command did not end before its deadline, or was silent for too long. */
export class CommandTimeout extends Error {
  override readonly name = 'CommandTimeout';
  constructor(
    readonly machine: string,
    readonly command: string,
    readonly deadline: number,
    readonly output: string,
    /** Seconds of silence, if these ended it; null if the deadline did. */
    readonly silentFor: number | null = null,
  ) {
    const how =
      silentFor === null
        ? `command not finished after ${deadline} s`
        : `silent for ${silentFor} s, so the guest is probably dead, during`;
    super(`${machine}: ${how}: ${command}${output ? ` (its last output: ${output})` : ''}`);
  }
}
