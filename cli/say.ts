/** Says something worth knowing in a line of standard error. */
export function say(text: string): void {
	process.stderr.write(`${text}\n`);
}
