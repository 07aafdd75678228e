import type uPlot from 'uplot';
import { type PackedLevel, SPANS_DRAWN_MAX, spanWord, VALUES_DRAWN_MAX } from '../level.ts';
import { unpackColumns } from '../packed-columns.ts';
import type { PageFigure } from '../page-data.ts';
import { shownSpan } from './spans.ts';

/** A column of a plot. */
type Values = readonly (number | null)[];

/** Points as a plot has them: x, each curve, then the least and the greatest value of each curve where it has means. */
type Columns = readonly [x: readonly number[], ...values: Values[]];

/** Pieces that are kept unpacked: what two neighbouring spans need of one level. */
const KEPT = 6;

/** The curves of a figure at its first level, and the bounds of their means. */
export function wholeColumns({ data, spans, curves }: PageFigure): Columns {
	if (spans === undefined) return data;
	const bounds = curves.flatMap((_curve, i) => [spans.lows[i] ?? [], spans.highs[i] ?? []]);
	return [...data, ...bounds];
}

/** A figure over time draws as finely as it may, for the span that it shows. */
export class Levels {
	readonly #figure: PageFigure;
	readonly #words: HTMLElement;
	readonly #pieces = new Map<string, Promise<Columns>>();
	/** The level and its pieces that are drawn or on their way. */
	#wanted = '';

	/** @param words says at which level the figure is */
	constructor(figure: PageFigure, words: HTMLElement) {
		this.#figure = figure;
		this.#words = words;
		this.#say(figure.spans?.spanS ?? 'whole');
	}

	/** Points of the finest level: what can be told apart. */
	get finestCount(): number {
		return this.#figure.levels?.at(-1)?.count ?? this.#figure.data[0].length;
	}

	/** A hook of uPlot: a scale of the figure has changed. */
	readonly follow = (plot: uPlot, scale: string): void => {
		if (scale !== 'x' || this.#figure.levels === undefined) return;
		void this.#show(plot, shownSpan(plot));
	};

	async #show(plot: uPlot, [from, until]: readonly [number, number]): Promise<void> {
		const level = this.#levelFor(until - from);
		const at = level?.pieces.flatMap(({ fromS, untilS }, i) =>
			untilS < from || fromS > until ? [] : [i],
		);
		const wanted = level === null ? '' : `${level.spanS} ${at?.join()}`;
		if (wanted === this.#wanted) return;
		this.#wanted = wanted;
		const fine =
			level === null
				? []
				: await Promise.all((at ?? []).map((piece) => this.#unpacked(level, piece)));
		// Somebody has looked elsewhere in the meantime.
		if (wanted !== this.#wanted) return;
		plot.setData([...this.#joined(fine)] as uPlot.AlignedData, false);
		const [min, max] = shownSpan(plot);
		plot.setScale('x', { min, max });
		this.#say(level === null ? (this.#figure.spans?.spanS ?? 'whole') : level.spanS);
	}

	/** The finest that is not too much for the span; null: the first one. */
	#levelFor(spanS: number): PackedLevel | null {
		const { levels = [], data } = this.#figure;
		const [xs] = data;
		const wholeS = (xs.at(-1) ?? 0) - (xs[0] ?? 0);
		const fits = ({ count, spanS: each }: PackedLevel) =>
			(count * spanS) / wholeS <= (each === null ? VALUES_DRAWN_MAX : SPANS_DRAWN_MAX);
		return levels.findLast(fits) ?? null;
	}

	#unpacked(level: PackedLevel, index: number): Promise<Columns> {
		const key = `${level.spanS} ${index}`;
		const known = this.#pieces.get(key);
		if (known !== undefined) return known;
		const columns = this.#figure.curves.length * (level.hasBounds ? 3 : 1);
		const piece = inflated(level.pieces[index]?.data ?? '').then((bytes) =>
			this.#placed(unpackColumns(bytes, columns), level.hasBounds),
		);
		this.#pieces.set(key, piece);
		const [oldest] = this.#pieces.keys();
		if (this.#pieces.size > KEPT && oldest !== undefined) this.#pieces.delete(oldest);
		return piece;
	}

	/** Curves first, then their bounds, which values have not. */
	#placed([x, ...values]: Columns, hasBounds: boolean): Columns {
		if (!hasBounds)
			return this.#figure.spans === undefined
				? [x, ...values]
				: [x, ...values, ...values.flatMap((column) => [empty(column), empty(column)])];
		const of = (part: number) => (_: unknown, i: number) => i % 3 === part;
		const bounds = values.filter((_, i) => i % 3 !== 0);
		return [x, ...values.filter(of(0)), ...bounds];
	}

	/** Fine points where they are, and the first level around them. */
	#joined(pieces: readonly Columns[]): Columns {
		const whole = wholeColumns(this.#figure);
		const [xs] = whole;
		const [first] = pieces[0]?.[0] ?? [];
		const last = pieces.at(-1)?.[0].at(-1);
		if (first === undefined || last === undefined) return whole;
		const before = xs.filter((x) => x < first).length;
		const after = xs.filter((x) => x <= last).length;
		const joined = whole.map((column, c) => {
			const fine = pieces.flatMap((piece) => piece[c] ?? []);
			const behind = column.slice(after);
			// The end of the whole, to which the last point holds.
			if (c > 0 && behind.length === 1) behind[0] = fine.at(-1) ?? null;
			return [...column.slice(0, before), ...fine, ...behind];
		});
		return joined as unknown as Columns;
	}

	#say(spanS: number | null | 'whole'): void {
		const { levels, spans } = this.#figure;
		if (levels === undefined) return;
		this.#words.dataset['spanS'] = String(spanS ?? 0);
		const finest = levels.at(-1);
		const isFinest = finest === undefined || spanS === finest.spanS;
		const each = typeof spanS === 'number' ? spanWord(spanS) : '';
		const what =
			spanS === null
				? 'Drawn: each value.'
				: spans !== undefined
					? `Drawn: mean of each ${each}, tinted from its least to its greatest value.`
					: each === ''
						? ''
						: `Drawn: each ${each}.`;
		const finer =
			finest?.spanS === null || finest === undefined
				? ' Zoom in for each value.'
				: ` Zoom in for each ${spanWord(finest.spanS)}${finest.hasBounds ? '; this page has no room for finer ones' : ''}.`;
		this.#words.textContent = (what + (isFinest ? '' : finer)).trim();
	}
}

function empty(values: Values): Values {
	return values.map(() => null);
}

/** Bytes of base64 that were deflated. */
async function inflated(base64: string): Promise<Uint8Array> {
	const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}
