// Loaded into a process that bench/usage.ts measures: what the kernel counted for it is written down when it ends.
import { writeFileSync } from 'node:fs';

const file = process.env.BENCH_USAGE_FILE;
// Processes that it starts are not the one that is measured.
delete process.env.BENCH_USAGE_FILE;
if (file) process.on('exit', () => writeFileSync(file, JSON.stringify(process.resourceUsage())));
