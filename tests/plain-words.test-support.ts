/** What shows that a message was made by Node, the language or a library for programs, not for whoever reads it. */
const RAW: readonly RegExp[] = [
	/\b(ENO\w+|E(ISDIR|ACCES|PERM|EXIST|MFILE|LOOP|INVAL|PIPE|TIMEDOUT|CONN\w+|ADDR\w+|NAMETOOLONG)|ERR_\w+|FST_\w+)\b/,
	/Unexpected (token|end of|identifier|non-whitespace|number|string)|is not valid JSON|in JSON at position/,
	/Invalid (input|option|literal|key|url|date)\b|expected \w+, received|Too (small|big): |Unrecognized key/,
	/\bundefined\b|\[object |is not (a function|iterable|defined)|Cannot (read|set) propert/,
	/(Type|Range|Syntax|Reference|Zod|YAMLParse)Error\b|\n\s+at .*:\d+/,
	/of type (number|string|object)\b/,
];

/** What of a message is raw, for a test; null: nothing, it is in words of people. */
export function rawPart(text: string): string | null {
	for (const pattern of RAW) {
		const [found] = pattern.exec(text) ?? [];
		if (found !== undefined) return found;
	}
	return null;
}
