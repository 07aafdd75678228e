import * as z from 'zod';

/**
 * Something that whoever trusts a run's figures should know of its inputs: what was dropped, cut, filled, held, converted or not
 * used. Readers give notes; a run says of what they are and puts them where people look: metadata.yaml, closing table,
 * `--json` and report.
 */
export const Remark = z.strictObject({
	of: z.string().min(1).describe('what it is of: `requests`, a signal or an actor'),
	text: z.string().min(1).describe('what was done to how many, such as `rows left out`'),
	count: z.number().nullable().describe('how many; null: it is no matter of number'),
	total: z.number().nullable().describe('of how many; null: not known'),
});
export type Remark = Readonly<z.infer<typeof Remark>>;

/** The same, as a reader gives it that does not know for whom it reads. */
export type Note = Omit<Remark, 'of'>;

/**
 * @param text in the plural, as it follows the numbers: `rows left out`
 * @param count how many; left out: it is no matter of number
 * @param total of how many
 */
export function note(text: string, count: number | null = null, total: number | null = null): Note {
	return { text, count, total };
}

/** How the text of a remark begins by which figures are probably wrong. */
const WARNING = 'WARNING: ';

/** Something by which figures are probably wrong: the closing table shows it as such, and the report begins with it. */
export function warning(text: string): Note {
	return note(`${WARNING}${text}`);
}

/** Whether a remark is such. */
export function isWarning({ text }: Note): boolean {
	return text.startsWith(WARNING);
}

/** `3 of 40 rows left out`. */
export function noteText(said: Note): string {
	const counts = countsText(said);
	return counts === '' ? said.text : `${counts} ${said.text}`;
}

/** `requests: 3 of 40 rows left out`. */
export function remarkText({ of, ...said }: Remark): string {
	return `${of}: ${noteText(said)}`;
}

/** `3 of 40`; empty where nothing was counted. */
export function countsText({ count, total }: Pick<Remark, 'count' | 'total'>): string {
	if (count === null) return '';
	return total === null ? grouped(count) : `${grouped(count)} of ${grouped(total)}`;
}

/** 1234567 as 1,234,567; the same in every locale. */
function grouped(count: number): string {
	return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Several readers of one file, and the sites of one run, say the same once. */
export function distinct(remarks: readonly Remark[]): Remark[] {
	const seen = new Map(remarks.map((remark) => [JSON.stringify(remark), remark]));
	return [...seen.values()];
}
