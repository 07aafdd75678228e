import * as z from 'zod';
import type { RosterEntry } from '../../protocol/messages.ts';

/** Requests a second of a replica of which nothing is known, such as one that serves a trace. */
const USUAL_RATE = 0.1;
/**
 * Microseconds of a core that an actor takes for a simulated second, at steps of a minute: what it does without requests.
 * Measured over two days with 8 replicas, one process each; it only has to say which process has room.
 */
const AT_REST: Readonly<Record<string, number>> = {
	replica: 8,
	controller: 10,
	battery: 5,
	recorder: 4,
	monitor: 4,
	router: 1,
};
/** Solar, carbon and their like run ahead in blocks. */
const AT_REST_ELSE = 2;
/** And for every request: engine, rows, draws. */
const PER_REQUEST: Readonly<Record<string, number>> = { replica: 90, recorder: 12, router: 5 };

/** What a router says of its work. */
const Routing = z.object({ qps: z.number().nullable(), replicas: z.array(z.string()) });

type Cast = Omit<RosterEntry, 'host'>;

/** About what each actor takes of a core, from its kind and the requests that come to it. */
export function actorCosts(actors: readonly Cast[]): { name: string; cost: number }[] {
	const rates = new Map<string, number>();
	let all = 0;
	for (const { name, kind, config } of actors) {
		const routing = PER_REQUEST[kind] === undefined ? undefined : Routing.safeParse(config).data;
		if (routing === undefined) continue;
		const { qps, replicas } = routing;
		const rate = qps ?? USUAL_RATE * replicas.length;
		all += rate;
		rates.set(name, rate);
		for (const replica of replicas)
			rates.set(replica, (rates.get(replica) ?? 0) + rate / replicas.length);
	}
	const recorders = actors.filter(({ kind }) => kind === 'recorder').length;
	const rateOf = ({ name, kind }: Cast) =>
		rates.get(name) ?? (kind === 'recorder' ? all / recorders : USUAL_RATE);
	return actors.map((actor) => {
		const { name, kind } = actor;
		const perRequest = PER_REQUEST[kind] ?? 0;
		return { name, cost: (AT_REST[kind] ?? AT_REST_ELSE) + perRequest * rateOf(actor) };
	});
}
