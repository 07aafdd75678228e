/** Commander's complaint, which may have several lines, as one, as our own are. */
export function usageText(text: string): string {
	const reason = text
		.trim()
		.replace(/^error: /, '')
		.replaceAll('\n', ' ')
		.replace(/\.$/, '');
	return `Cannot use this command line: ${reason}`;
}

/**
 * The same, and where there is help.
 *
 * @param command what was asked for, of which `--help` says more, such as `gridbeat record`
 */
export function usageLine(text: string, command: string): string {
	return `${usageText(text)}; see ${command} --help\n`;
}
