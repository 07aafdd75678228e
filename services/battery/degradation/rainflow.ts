/** A cycle of a path: how deep, around which mean, and how much of it (1, or 0.5 of one that does not close). */
export interface Cycle {
	readonly range: number;
	readonly mean: number;
	readonly count: number;
}

/** Called with each cycle when it is counted. */
export type CycleVisitor = (cycle: Cycle) => void;

/**
 * The next value of a path: rainflow counting after ASTM E1049-85 (2017), section 5.4.4, one value at a time. Memory
 * grows only with the half cycles that are still open.
 *
 * @param open reversals that are not part of a counted cycle yet, empty at first; the last one may still move on
 */
export function addToRainflow(open: number[], value: number, visit: CycleVisitor): void {
	const last = open.at(-1);
	if (last === value) return;
	const before = open.at(-2);
	const goesOn = last !== undefined && before !== undefined && value > last === last > before;
	if (goesOn) open[open.length - 1] = value;
	else {
		countClosed(open, visit);
		open.push(value);
	}
}

/** The path is over: what is open counts as half cycles. `open` is empty afterwards. */
export function endRainflow(open: number[], visit: CycleVisitor): void {
	countClosed(open, visit);
	for (let i = 1; i < open.length; i++)
		visit(cycleOf(open[i - 1] as number, open[i] as number, 0.5));
	open.length = 0;
}

/** Counts what the last reversal has closed, now that it is known to be one. */
function countClosed(open: number[], visit: CycleVisitor): void {
	for (let n = open.length; n >= 3; n = open.length) {
		const [a, b, c] = open.slice(-3) as [number, number, number];
		if (Math.abs(c - b) < Math.abs(b - a)) return;
		if (n === 3) {
			// The range holds the start of the path: half a cycle, and the start moves on.
			visit(cycleOf(a, b, 0.5));
			open.shift();
		} else {
			visit(cycleOf(a, b, 1));
			open.splice(-3, 2);
		}
	}
}

function cycleOf(from: number, to: number, count: number): Cycle {
	return { range: Math.abs(to - from), mean: (from + to) / 2, count };
}
