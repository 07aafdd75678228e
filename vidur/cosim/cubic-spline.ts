/**
 * The cubic spline through the points whose third derivative is continuous at the second and the last but one
 * of them ("not a knot"), which is what SciPy's cubic interpolation gives. Straight between fewer than four.
 *
 * @param xs strictly increasing, at least one
 * @returns the value at any x from the first point to the last; beyond them that of the nearest
 */
export function cubicSpline(xs: Float64Array, ys: Float64Array): (x: number) => number {
	const last = xs.length - 1;
	const bends = xs.length < 4 ? new Float64Array(xs.length) : secondDerivatives(xs, ys);
	const at = (list: Float64Array, i: number) => list[i] as number;
	return (x) => {
		if (x <= at(xs, 0)) return at(ys, 0);
		if (x >= at(xs, last)) return at(ys, last);
		let [low, high] = [0, last];
		while (high - low > 1) {
			const middle = (low + high) >>> 1;
			if (at(xs, middle) <= x) low = middle;
			else high = middle;
		}
		const h = at(xs, high) - at(xs, low);
		const left = at(xs, high) - x;
		const right = x - at(xs, low);
		if (right === 0) return at(ys, low);
		return (
			(at(bends, low) * left ** 3 + at(bends, high) * right ** 3) / (6 * h) +
			(at(ys, low) / h - (at(bends, low) * h) / 6) * left +
			(at(ys, high) / h - (at(bends, high) * h) / 6) * right
		);
	};
}

/** Tridiagonal equations of the inner points, the outer two taken out by the end condition. */
function secondDerivatives(xs: Float64Array, ys: Float64Array): Float64Array {
	const last = xs.length - 1;
	const h = (i: number) => (xs[i + 1] as number) - (xs[i] as number);
	const slope = (i: number) => ((ys[i + 1] as number) - (ys[i] as number)) / h(i);
	const [start, end] = [h(0) / h(1), h(last - 1) / h(last - 2)];
	const upper = new Float64Array(xs.length);
	const right = new Float64Array(xs.length);
	const bends = new Float64Array(xs.length);
	for (let i = 1; i < last; i++) {
		let [below, middle, above] = [h(i - 1), 2 * (h(i - 1) + h(i)), h(i)];
		if (i === 1) {
			middle += h(0) * (1 + start);
			above -= h(0) * start;
		}
		if (i === last - 1) {
			middle += h(last - 1) * (1 + end);
			below -= h(last - 1) * end;
		}
		const pivot = i === 1 ? middle : middle - below * (upper[i - 1] as number);
		const before = i === 1 ? 0 : below * (right[i - 1] as number);
		upper[i] = above / pivot;
		right[i] = (6 * (slope(i) - slope(i - 1)) - before) / pivot;
	}
	for (let i = last - 1; i >= 1; i--)
		bends[i] =
			(right[i] as number) - (i === last - 1 ? 0 : (upper[i] as number) * (bends[i + 1] as number));
	const bend = (i: number) => bends[i] as number;
	bends[0] = (1 + start) * bend(1) - start * bend(2);
	bends[last] = (1 + end) * bend(last - 1) - end * bend(last - 2);
	return bends;
}
