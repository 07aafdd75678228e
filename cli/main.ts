#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// Nobody reads on (`| head`), or the terminal is closed: what is said is lost, what is done is not.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const code = await runCommandLine(process.argv.slice(2));
// What goes into a pipe is written while we live, unless nobody reads on.
for (const stream of [process.stdout, process.stderr])
	await new Promise<void>((resolve) => {
		stream.once('error', () => resolve());
		stream.write('', () => resolve());
	});
// The only place that ends the process: what still waits for something is not waited for.
process.exit(code);
