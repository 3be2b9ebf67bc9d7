/** What a command of the program is made of. */
import type { Argument, Option } from 'commander';

export interface CliCommand {
  arguments?: readonly Argument[];
  options: readonly Option[];
  /** What --help prints after the options. */
  help?: string;
  /** Options that it does not know are arguments. */
  allowUnknownOptions?: true;
  /**
   * Gets the value of each argument, then the options as an object.
   * @returns the exit code.
   * @throws UserError for what the user or the host has to mend.
   */
  run(...given: never[]): Promise<number>;
}
