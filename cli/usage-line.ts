/** Commander's complaint, which may have several lines, as one. */
export function usageLine(text: string): string {
	const reason = text
		.trim()
		.replace(/^error: /, '')
		.replaceAll('\n', ' ')
		.replace(/\.$/, '');
	return `Cannot use this command line: ${reason}; see gridbeat run --help\n`;
}
