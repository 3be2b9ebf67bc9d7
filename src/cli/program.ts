import { Command, CommanderError } from 'commander';
import type { CliCommand } from './command.js';
import { COMMANDS } from './command/index.js';
import { EXIT, EXIT_HELP } from './exit-codes.js';
import { errorOptions, takeOutput } from './output.js';
import { printError } from './print-error.js';
import { tool } from './tool.js';

/** Reads the command line, does what it asks for and returns the exit code. */
async function main(argv: string[]): Promise<number> {
  let code: number = EXIT.expected;
  const program = new Command('kernel-matrix')
    .description(
      'Which Linux kernels leak memory cgroups under Docker, and how do they differ? Boots each one for real and measures.',
    )
    .version(tool().version)
    .option('--debug', 'show stacks of errors')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}` })
    .addHelpText('after', `\nExit codes:\n${EXIT_HELP.replace(/^/gm, '  ')}\n`);
  try {
    const used = commandOf(argv.slice(2));
    for (const entry of COMMANDS) {
      const command = program.command(entry.name).description(entry.about).usage(entry.usage);
      if (entry.name === used) define(command, (await entry.load()).command, (result) => (code = result));
    }
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    // Commander has printed its own message already; help and version end here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.expected : EXIT.usage;
    return printError(error, errorOptions(program.opts<{ debug?: boolean }>().debug));
  }
}

/** The name of the command, also after `help`. The program's own options take no value. */
function commandOf(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  return first === 'help' ? second : first;
}

function define(command: Command, spec: CliCommand, finish: (code: number) => void): void {
  for (const argument of spec.arguments ?? []) command.addArgument(argument);
  for (const option of spec.options) command.addOption(option);
  if (spec.help !== undefined) command.addHelpText('after', spec.help);
  command.allowUnknownOption(spec.allowUnknownOptions ?? false);
  command.action(async (...given: unknown[]) => {
    const args = given as never[];
    finish(await spec.run(...args));
  });
}

// An explicit end: the pipes of a machine that was kept would hold this process.
const output = takeOutput();
process.on(
  'uncaughtException',
  (error) => void output.end(printError(error, errorOptions())).then((code) => process.exit(code)),
);
process.exit(await output.end(await main(process.argv)));
