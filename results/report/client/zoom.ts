import type uPlot from 'uplot';
import type { ZoomMove } from '../page-data.ts';
import { shownSpan, wholeSpan } from './spans.ts';

const LEAST_POINTS = 4;

type Span = readonly [from: number, until: number];

/** What each button makes of the span that is shown; it is kept within the whole afterwards. */
const MOVES: Readonly<Record<ZoomMove, (shown: Span, whole: Span) => Span>> = {
	in: ([from, until]) => [from + (until - from) / 4, until - (until - from) / 4],
	out: ([from, until]) => [from - (until - from) / 2, until + (until - from) / 2],
	earlier: ([from, until]) => [from - (until - from) / 2, until - (until - from) / 2],
	later: ([from, until]) => [from + (until - from) / 2, until + (until - from) / 2],
	reset: (_shown, whole) => whole,
};

function isMove(name: string): name is ZoomMove {
	return Object.hasOwn(MOVES, name);
}

/** Figures over time show the same span, however one of them comes to show it. */
export class TimeZoom {
	readonly #panel = document.getElementById('zoom');
	#plots: uPlot[] = [];
	/** Of the first figure: points that can be told apart. */
	#points = 0;
	#others: uPlot[] = [];
	#isFollowing = false;

	constructor() {
		this.#panel?.addEventListener('click', ({ target }) => {
			const button = target instanceof Element ? target.closest('button') : null;
			const how = button?.dataset['zoom'] ?? '';
			if (isMove(how)) this.#press(how);
		});
	}

	/** Forgets all figures. */
	start(): void {
		this.#plots = [];
		this.#others = [];
	}

	/** Takes a figure: over time, with the points that it has at its finest, or (null) over something else. */
	add(plot: uPlot, points: number | null): void {
		if (points !== null && this.#plots.length === 0) this.#points = points;
		(points === null ? this.#others : this.#plots).push(plot);
		this.#update();
	}

	/** A hook of uPlot: a scale of a figure has changed. */
	readonly follow = (plot: uPlot, scale: string): void => {
		if (scale !== 'x' || this.#isFollowing || !this.#plots.includes(plot)) return;
		this.#showAll(shownSpan(plot));
	};

	#showAll([min, max]: Span): void {
		this.#isFollowing = true;
		for (const plot of this.#plots) {
			const [from, until] = shownSpan(plot);
			if (from !== min || until !== max) plot.setScale('x', { min, max });
		}
		// uPlot sets scales a microtask later.
		queueMicrotask(() => {
			this.#isFollowing = false;
			this.#update();
		});
	}

	#update(): void {
		// Legends at rest say the span.
		for (const plot of this.#plots) {
			const idx = plot.cursor.idx ?? null;
			plot.setLegend({ idxs: plot.series.map(() => idx) });
		}
		const [first] = this.#plots;
		if (this.#panel === null || first === undefined) return;
		const [low, high] = this.#whole();
		const [from, until] = shownSpan(first);
		const isWhole = from <= low && until >= high;
		for (const button of this.#panel.querySelectorAll('button')) {
			const isIdle = isWhole && button.dataset['zoom'] !== 'in';
			button.setAttribute('aria-disabled', String(isIdle));
		}
	}

	#whole(): Span {
		return wholeSpan(this.#plots.map(({ data }) => data[0]));
	}

	#press(how: ZoomMove): void {
		const [first] = this.#plots;
		if (first === undefined) return;
		const [low, high] = this.#whole();
		const [from, until] = MOVES[how](shownSpan(first), [low, high]);
		const least = (LEAST_POINTS * (high - low)) / this.#points;
		const span = Math.min(Math.max(until - from, least), high - low);
		const start = Math.min(Math.max(from, low), high - span);
		this.#showAll([start, start + span]);
		if (how !== 'reset') return;
		for (const plot of this.#others) plot.setData(plot.data, true);
	}
}
