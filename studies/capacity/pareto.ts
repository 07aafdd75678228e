/** A point of which one wants little of one thing and much of another. */
export interface Tradeoff {
	/** The less the better. */
	readonly cost: number;
	/** The more the better. */
	readonly gain: number;
}

/**
 * The points that no other beats: none costs no more, gains no less and differs. In order of cost; of equal
 * points all stay.
 */
export function paretoFront<P extends Tradeoff>(points: readonly P[]): P[] {
	const ordered = [...points].sort((a, b) => a.cost - b.cost || b.gain - a.gain);
	const front: P[] = [];
	for (const point of ordered) {
		const last = front.at(-1);
		const isEqual = last?.cost === point.cost && last.gain === point.gain;
		if (last === undefined || point.gain > last.gain || isEqual) front.push(point);
	}
	return front;
}
