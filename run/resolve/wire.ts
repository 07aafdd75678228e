import type { Wire } from '../../protocol/readings.ts';

/** A wire between two ports written as `actor.port`. */
export function wire(from: string, to: string, delayUs = 0, initial: number[] | null = null): Wire {
	const end = (path: string) => {
		const dot = path.indexOf('.');
		return { actor: path.slice(0, dot), port: path.slice(dot + 1) };
	};
	return { from: end(from), to: end(to), delayUs, initial };
}
