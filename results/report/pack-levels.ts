import { deflateRawSync } from 'node:zlib';
import type { Figure } from './figure.ts';
import type { Level, PackedLevel, PackedPiece } from './level.ts';
import { packColumns } from './packed-columns.ts';
import type { PageFigure } from './page-data.ts';

/** Points of a piece: what is unpacked at once, and by itself. */
const PIECE_POINTS = 8192;
/** What all levels of a page may take of it. */
const LEVEL_BYTES_MAX = 12 * 2 ** 20;
/** A level of more numbers than this is more than that, whatever they are. */
const NUMBERS_MAX = 40_000_000;

/**
 * The figures of a page with what a reader sees who zooms in, as finely as `bytesMax` allows: where it does not, the finest
 * levels of the figures that have most go first.
 */
export function withLevels(
	figures: readonly Figure[],
	bytesMax: number = LEVEL_BYTES_MAX,
): PageFigure[] {
	const all = figures.map((figure) => (figure.finer?.() ?? []).flatMap(packed));
	const bytes = all.map((levels) => levels.reduce((sum, level) => sum + bytesOf(level), 0));
	let total = bytes.reduce((sum, one) => sum + one, 0);
	while (total > bytesMax) {
		const most = bytes.indexOf(Math.max(...bytes));
		const dropped = all[most]?.pop();
		if (dropped === undefined) break;
		bytes[most] = (bytes[most] as number) - bytesOf(dropped);
		total -= bytesOf(dropped);
	}
	return figures.map((figure, i) => {
		const { finer, ...carried } = figure;
		const levels = all[i] ?? [];
		return finer === undefined ? carried : { ...carried, levels };
	});
}

function bytesOf({ pieces }: PackedLevel): number {
	return pieces.reduce((sum, { data }) => sum + data.length, 0);
}

/** None where it is more than any page carries. */
function packed({ spanS, x, ys, lows, highs }: Level): PackedLevel[] {
	const hasBounds = lows !== undefined && highs !== undefined;
	const columns = hasBounds
		? ys.flatMap((y, i) => [y, lows[i] as Float64Array, highs[i] as Float64Array])
		: ys;
	if (x.length * (columns.length + 1) > NUMBERS_MAX) return [];
	const pieces: PackedPiece[] = [];
	for (let from = 0; from < x.length; from += PIECE_POINTS) {
		const until = Math.min(from + PIECE_POINTS, x.length);
		const cut = (values: Float64Array) => values.subarray(from, until);
		const bytes = packColumns(cut(x), columns.map(cut));
		pieces.push({
			fromS: x[from] as number,
			untilS: x[until] ?? Number.MAX_VALUE,
			data: deflateRawSync(bytes).toString('base64'),
		});
	}
	return [{ spanS, hasBounds, count: x.length, pieces }];
}
