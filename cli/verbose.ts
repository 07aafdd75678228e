/** Flag and help of commands that end with the table of a run. */
export const VERBOSE = [
	'-v, --verbose',
	'print all figures at the end, not only what the run comes to',
] as const;

/** What is printed at the end of a run. */
export function shownBy({
	json,
	verbose,
}: {
	readonly json?: unknown;
	readonly verbose?: unknown;
}) {
	return { json: json === true, verbose: verbose === true };
}
