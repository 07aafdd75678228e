import { spawn } from 'node:child_process';
import { plainText } from '../../protocol/plain-text.ts';

/** What a finished command left. `code` is null when it could not be started or was ended at its limit. */
export interface CommandResult {
	readonly code: number | null;
	/** The end of its stdout and stderr together, or why it did not start. */
	readonly output: string;
}

export interface CommandOptions {
	readonly limitMs: number;
	readonly cwd?: string;
	readonly env?: NodeJS.ProcessEnv;
}

const OUTPUT_CHARS_MAX = 20_000;

/** Runs a command to its end without a shell. Never rejects: a command that is not there is a result too. */
export function runCommand(
	command: string,
	args: readonly string[],
	options: CommandOptions,
): Promise<CommandResult> {
	return new Promise((resolve) => {
		const child = spawn(command, args, {
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { ...(options.env ?? process.env), LC_ALL: 'C' },
			...(options.cwd === undefined ? {} : { cwd: options.cwd }),
		});
		let output = '';
		let late = false;
		const keep = (chunk: Buffer) => {
			output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
		};
		const limit = setTimeout(() => {
			late = true;
			child.kill('SIGKILL');
		}, options.limitMs);
		const end = (code: number | null, note: string) => {
			clearTimeout(limit);
			child.stdout.destroy();
			child.stderr.destroy();
			resolve({ code, output: output + note });
		};
		child.stdout.on('data', keep);
		child.stderr.on('data', keep);
		child.on('error', (error) => end(null, error.message));
		// A killed command's children may hold its pipes open, so its own end is what counts at the limit.
		child.on('exit', () => late && end(null, `no end within ${options.limitMs / 1000} s`));
		child.on('close', (code) => end(late ? null : code, ''));
	});
}

/** The last line that says something, for a message of one line. */
export function lastLine(text: string): string {
	const lines = text.split('\n').map((line) => line.trim());
	return plainText(lines.findLast((line) => line !== '') ?? 'no output');
}
