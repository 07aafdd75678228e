/** The lines of a text file, one after the other. */
export interface Lines {
	/** The next line that is not empty; null after the last. */
	next(): string | null;
	/** Number of the line that `next` gave last, from 1. */
	readonly line: number;
	/** How long they are together, bytes; about. */
	readonly bytes: number;
}

/** The lines of a text. */
export function textLines(text: string): Lines {
	const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
	let line = 0;
	return {
		bytes: text.length,
		next() {
			while (line < lines.length) {
				const found = lineText(lines[line++] as string);
				if (found !== '') return found;
			}
			return null;
		},
		get line() {
			return line;
		},
	};
}

/** A line without its end and the spaces around it. Tabs there separate cells that are empty. */
export function lineText(line: string): string {
	const trimmed = line.trim();
	if (trimmed === '' || !line.includes('\t')) return trimmed;
	return line.replace(/^[ \r]+|[ \r]+$/g, '');
}
