/** A name without case, accents and punctuation: `São-Paulo` and `sao paulo` are one. */
export function plainName(name: string): string {
	return name
		.normalize('NFD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.replace(/[\s_-]+/g, ' ')
		.trim();
}

/** The name spelt most like `wanted`; null when none is at all alike (a third of its letters differ). */
export function nearestName(wanted: string, names: readonly string[]): string | null {
	let nearest: string | null = null;
	let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
	for (const name of names) {
		const edits = editDistance(plainName(wanted), plainName(name));
		if (edits < least) [nearest, least] = [name, edits];
	}
	return nearest;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other (Damerau, Levenshtein). */
function editDistance(a: string, b: string): number {
	let before: number[] = [];
	let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
			let least = Math.min(replaced, (previous[j] as number) + 1, (row[j - 1] as number) + 1);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
				least = Math.min(least, (before[j - 2] as number) + 1);
			row.push(least);
		}
		[before, previous] = [previous, row];
	}
	return previous[b.length] as number;
}
