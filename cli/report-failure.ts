import { CommanderError } from 'commander';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError, messageOf, SimulationError } from '../protocol/errors.ts';
import { plainLines } from '../protocol/plain-text.ts';
import { FileProblems } from '../run/resolve/file-problems.ts';
import { type Printed, printJson } from './json-output.ts';
import { unexpectedText } from './unexpected-text.ts';
import { usageText } from './usage-line.ts';

/**
 * Says why a command failed: in lines of standard error, and where JSON is wanted in a document of standard output.
 *
 * @returns the exit code
 */
export function reportFailure(error: unknown, words: readonly string[]): number {
	if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
	const isUsage = error instanceof ConfigError || error instanceof CommanderError;
	const code = isUsage ? EXIT.usage : EXIT.failed;
	if (wantsJson(words)) printJson('error', { error: errorOf(error, code) });
	// Commander has said it already.
	if (error instanceof CommanderError) return code;
	const expected = error instanceof ConfigError || error instanceof SimulationError;
	const text =
		error instanceof FileProblems
			? error.problems.join('\n')
			: expected || !(error instanceof Error)
				? messageOf(error)
				: unexpectedText(error);
	process.stderr.write(`${plainLines(text)}\n`);
	return code;
}

/** Whether a command line wants JSON. */
function wantsJson(words: readonly string[]): boolean {
	const end = words.indexOf('--');
	return words.slice(0, end === -1 ? words.length : end).includes('--json');
}

/** Why a command failed, for programs: the line, each problem of a file, and the code that it ends with. */
export function errorOf(error: unknown, exitCode: number): Printed<'error'>['error'] {
	const said = messageOf(error);
	const message = plainLines(error instanceof CommanderError ? usageText(said) : said);
	const problems =
		error instanceof FileProblems ? error.problems.map((line) => plainLines(line)) : [message];
	return { message, problems, kind: kindOf(error), exitCode };
}

function kindOf(error: unknown): Printed<'error'>['error']['kind'] {
	if (error instanceof ConfigError || error instanceof CommanderError) return 'usage';
	if (error instanceof Error && error.name === 'AbortError') return 'interrupted';
	return error instanceof SimulationError || !(error instanceof Error) ? 'failed' : 'defect';
}
