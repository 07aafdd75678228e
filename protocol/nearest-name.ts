/** A name without case, accents and punctuation: `São-Paulo` and `sao paulo` are one. */
export function plainName(name: string): string {
	return name
		.normalize('NFD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.replace(/[\s_-]+/g, ' ')
		.trim();
}

/** Longer texts are no misspelt names, and their distances would take long. */
const WANTED_LENGTH_MAX = 200;

/**
 * The name spelt most like `wanted`, whole or behind its last slash, or else the shortest that has it in itself; null when
 * none is at all alike (a third of its letters differ, and it is not half of a name).
 */
export function nearestName(wanted: string, names: readonly string[]): string | null {
	if (wanted.length > WANTED_LENGTH_MAX) return null;
	let nearest: string | null = null;
	let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
	const plain = plainName(wanted);
	for (const name of names) {
		const edits = Math.min(...formsOf(name).map((form) => editDistance(plain, plainName(form))));
		if (edits < least) [nearest, least] = [name, edits];
	}
	return nearest ?? nameWith(lettersOf(wanted), names);
}

/** `did you mean "a100"? known are a100, h100, a40`, for messages. */
export function knownText(wanted: string, names: readonly string[]): string {
	const nearest = nearestName(wanted, names);
	const hint = nearest === null ? '' : `did you mean "${nearest}"? `;
	return `${hint}known are ${names.join(', ')}`;
}

/** `Europe/Berlin` is known as `Berlin` too. */
function formsOf(name: string): string[] {
	const last = name.slice(name.lastIndexOf('/') + 1);
	return last === name ? [name] : [name, last];
}

function lettersOf(name: string): string {
	return plainName(name).replace(/[^\p{L}\p{N}]/gu, '');
}

/** The shortest name with these letters side by side, if they are half of it. */
function nameWith(letters: string, names: readonly string[]): string | null {
	if (letters.length < 3) return null;
	const fits = names.filter((name) =>
		formsOf(name).some((form) => {
			const whole = lettersOf(form);
			return whole.includes(letters) && 2 * letters.length >= whole.length;
		}),
	);
	return fits.sort((a, b) => a.length - b.length)[0] ?? null;
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
