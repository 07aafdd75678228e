/**
 * Commander's complaint, which may have several lines, as one.
 *
 * @param command what was asked for, of which `--help` says more, such as `gridbeat record`
 */
export function usageLine(text: string, command: string): string {
	const reason = text
		.trim()
		.replace(/^error: /, '')
		.replaceAll('\n', ' ')
		.replace(/\.$/, '');
	return `Cannot use this command line: ${reason}; see ${command} --help\n`;
}
