import { Session } from 'node:inspector/promises';

/** Samples are taken this often, in microseconds. */
const INTERVAL_US = 200;

/** Parts of a program by the source files, or folders ending in `/`, whose code is theirs. */
export type Parts = Readonly<Record<string, readonly string[]>>;

/**
 * The fraction of the time that `run` spends in the code of each part by V8's sampling profiler, inlined calls
 * counted where they are written; the most first. What belongs to no part is `other`: the collector,
 * the benchmark itself, Node. The profiler costs time of its own, so speeds are not to be taken under it.
 */
export async function account(parts: Parts, run: () => void): Promise<[string, number][]> {
	const session = new Session();
	session.connect();
	await session.post('Profiler.enable');
	await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
	// Code compiled while nobody looks does not know its lines: once for the compiler, once for the account.
	await session.post('Profiler.start');
	run();
	await session.post('Profiler.stop');
	await session.post('Profiler.start');
	run();
	const { profile } = await session.post('Profiler.stop');
	session.disconnect();
	const partOf = new Map(
		profile.nodes.map(({ id, callFrame }) => [id, findPart(parts, callFrame)]),
	);
	const times = new Map<string, number>();
	let total = 0;
	profile.samples?.forEach((id, i) => {
		const timeUs = profile.timeDeltas?.[i] ?? 0;
		const part = partOf.get(id) ?? 'other';
		times.set(part, (times.get(part) ?? 0) + timeUs);
		total += timeUs;
	});
	return [...times]
		.map(([part, timeUs]): [string, number] => [part, timeUs / total])
		.sort((a, b) => b[1] - a[1]);
}

function findPart(parts: Parts, { url }: { readonly url: string }): string {
	const path = url.replace(/\.js$/, '.ts');
	for (const [part, places] of Object.entries(parts))
		if (
			places.some((place) =>
				place.endsWith('/') ? path.includes(`/${place}`) : path.endsWith(`/${place}`),
			)
		)
			return part;
	return 'other';
}
