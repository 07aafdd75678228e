import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Runs test files one after the other in this process, and writes a line behind the output of each: the mark, the file,
 * its exit code and the seconds of processors up to there. Exits with 0 unless something fails after the last file's
 * end. Usage: node run-files.js MARK FILE ...
 */
const [, , mark = '', ...files] = process.argv;

/** What uvu keeps: suites by file. With UVU_DEFER it runs none by itself. */
const uvuState = globalThis as { UVU_DEFER?: number; UVU_QUEUE?: unknown[][] };
uvuState.UVU_DEFER = 1;

// After the two above, which it reads as it loads.
const { exec } = await import('uvu');

for (const file of files) {
	uvuState.UVU_QUEUE = [[basename(file)]];
	try {
		await import(pathToFileURL(file).href);
		await exec();
	} catch (error) {
		process.stdout.write(`${error instanceof Error ? error.stack : String(error)}\n`);
		process.exitCode = 1;
	}
	const code = Number(process.exitCode ?? 0);
	process.exitCode = 0;
	process.stdout.write(`${mark} ${code} ${processorS().toFixed(1)} ${file}\n`);
}

/** What this process and those it waited for have used of processors, in seconds; 0 where nobody can see it. */
function processorS(): number {
	const { user, system } = process.cpuUsage();
	let childrenTicks = 0;
	try {
		const stat = readFileSync('/proc/self/stat', 'utf8');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		// The fields cutime and cstime of proc(5), in ticks of 10 ms.
		childrenTicks = Number(fields[13]) + Number(fields[14]);
	} catch {
		// No /proc: our own time alone.
	}
	return (user + system) / 1e6 + childrenTicks / 100;
}
