#!/usr/bin/env node
/** Starts the program, which is many files: of its own imports it has none, so that it can say so where they cannot be opened. */
try {
  await import('./program.js');
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
  const next = code === 'EMFILE' ? 'raise the limit: ulimit -n 1024' : 'end other programs, or raise fs.file-max';
  process.stderr.write(`error: too many files are open to start\n  why:   ${message}\n  next:  ${next}\n`);
  // EXIT.notMeasured: the host lacks something.
  process.exitCode = 3;
}
export {};
