import * as z from 'zod';

const Monthly = z.array(z.number().min(1).max(10)).length(12);
/** A character of a row stands for (turbidity - 1) * 10. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** weather-data/linke-turbidity.json: Linke turbidity of the months on a coarse grid, and at the known places. */
export const LinkeTurbidityFile = z.strictObject({
	source: z.string().min(1),
	method: z.string().min(1),
	error: z.string().min(1),
	/** Side of the grid's cells. The first row lies at the north pole, the first column at 180 degrees west. */
	cellDeg: z.int().positive(),
	locations: z.record(z.string(), Monthly),
	/** Of each month its rows, a character for each cell. */
	months: z.array(z.array(z.string().regex(/^[0-9A-Za-z]+$/))).length(12),
});
export type LinkeTurbidityFile = z.infer<typeof LinkeTurbidityFile>;

/** Linke turbidity of each month at a point, bilinear between the centres of the grid's cells. */
export function gridTurbidity(
	file: LinkeTurbidityFile,
	latitude: number,
	longitude: number,
): number[] {
	const { cellDeg, months } = file;
	const [rows, columns] = [180 / cellDeg, 360 / cellDeg];
	const row = Math.min(rows - 1, Math.max(0, (90 - latitude) / cellDeg - 0.5));
	const column = (longitude + 180) / cellDeg - 0.5 + columns;
	const north = Math.min(rows - 2, Math.floor(row));
	const west = Math.floor(column);
	const [southward, eastward] = [row - north, column - west];
	return months.map((grid) => {
		const at = (r: number, c: number) =>
			1 + DIGITS.indexOf((grid[r] as string)[c % columns] as string) / 10;
		const along = (r: number) => at(r, west) * (1 - eastward) + at(r, west + 1) * eastward;
		return along(north) * (1 - southward) + along(north + 1) * southward;
	});
}
