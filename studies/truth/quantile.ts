/**
 * The value below which the part `p` of the weight lies; without weights as numpy has it, linear between ranks.
 *
 * @param p from 0 to 1
 * @returns NaN of nothing
 */
export function quantile(values: Float64Array, p: number, weights?: Float64Array): number {
	if (values.length === 0) return Number.NaN;
	if (weights === undefined) {
		const sorted = values.slice().sort();
		const rank = p * (sorted.length - 1);
		const below = sorted[Math.floor(rank)] as number;
		return below + (rank % 1) * ((sorted[Math.ceil(rank)] as number) - below);
	}
	const order = Array.from(values.keys()).sort(
		(a, b) => (values[a] as number) - (values[b] as number),
	);
	const wanted = p * weights.reduce((sum, weight) => sum + weight, 0);
	let reached = 0;
	for (const i of order) {
		reached += weights[i] as number;
		if (reached >= wanted) return values[i] as number;
	}
	return values[order.at(-1) as number] as number;
}
