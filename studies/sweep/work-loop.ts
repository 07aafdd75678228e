/** Does `work` on each item, at most `width` at a time, in order; the results in the order of the items. */
export async function inParallel<Item, Result>(
	items: readonly Item[],
	width: number,
	work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
	const results = new Array<Result>(items.length);
	let next = 0;
	const loop = async () => {
		while (next < items.length) {
			const index = next++;
			results[index] = await work(items[index] as Item, index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(width, items.length) }, loop));
	return results;
}
