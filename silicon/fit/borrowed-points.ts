import { ConfigError } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import { networksOf, vidurDevices } from '../device.ts';
import type { ModelGeometry } from '../model.ts';
import { loadNetwork } from '../profile/load-parts.ts';
import { collectives } from '../profile/network.ts';
import type { Point } from './forest.ts';

/** Token counts at which another GPU's collectives are taken over. */
const TOKENS = Array.from({ length: 12 }, (_, i) => 8 * 2 ** i);

/**
 * Collectives of a GPU that ships, for another of which none were measured.
 *
 * @param from the device, with `:dgx` or `:pairwise` for its network; pairwise where it is left out
 * @throws ConfigError for a device or network that there is nothing of
 */
export function borrowedPoints(
	from: string,
	model: ModelGeometry,
	tensorParallel: number,
	operators: readonly string[],
): Record<string, Point[]> {
	const [device = '', network = 'pairwise'] = from.toLowerCase().split(':');
	const known = vidurDevices.flatMap((one) => networksOf(one).map((name) => `${one.name}:${name}`));
	if (!known.includes(`${device}:${network}`))
		throw new ConfigError(`Cannot borrow the network of "${from}": ${knownText(from, known)}`);
	const { allReduce, sendRecv } = collectives(
		loadNetwork(device, network),
		model.width,
		tensorParallel,
		{ as: 'engine', graph: null },
	);
	const times = { all_reduce: allReduce, send_recv: sendRecv };
	return Object.fromEntries(
		Object.entries(times).flatMap(([name, timeOf]) =>
			timeOf === null || !operators.includes(name)
				? []
				: [[name, TOKENS.map((tokens) => ({ x: [tokens], y: timeOf(tokens) / 1000 }))]],
		),
	);
}
