import type { Prng } from '../../kernel/actor/random.ts';
import { DAY_US } from '../../protocol/time.ts';
import { type ClientsState, sink } from './client-heap.ts';
import {
	type Generator,
	type GeneratorState,
	type Limits,
	noRequest,
	setLengths,
	withinLimits,
} from './generator.ts';
import type { GapSampler } from './intervals.ts';
import { arrivalUs, type RateProfile } from './rate.ts';
import type { RequestLengths } from './request-lengths.ts';
import { StoredStream } from './stored-stream.ts';

/** Requests of many clients, each with arrivals and lengths of its own, as ServeGen has it (arXiv 2505.09999). */

/** Somebody who sends requests. */
export interface ClientModel {
	/** Mean of the gaps where the factor is 1. */
	readonly meanGapUs: number;
	/** For how long each factor on the rate counts, from the start on, one after the other and again. */
	readonly everyUs: number;
	readonly factors: ArrayLike<number>;
	/** Gaps as multiples of their mean, and lengths, by the number of the factor that counts. */
	gaps(step: number): GapSampler;
	lengths(step: number, prng: Prng): RequestLengths;
}

/** No run is longer. */
const LONGEST_RUN_US = 20 * 366 * DAY_US;

/** Requests of clients, in the order of their arrivals. */
export function clientGenerator(
	clients: readonly ClientModel[],
	rate: RateProfile | null,
	limits: Limits,
	streams: { readonly arrivals: Prng; readonly lengths: Prng },
): Generator {
	const [arrivals, lengths] = [new StoredStream(), new StoredStream()];
	const untilUs = limits.untilUs ?? LONGEST_RUN_US;
	const drawGap = (state: GeneratorState, own: ClientsState, client: number): void => {
		const model = clients[client] as ClientModel;
		const fromUs = own.nextUs[client] as number;
		const gap = model.gaps(stepAt(model, fromUs))(arrivals.at(state.arrivals));
		state.arrivals = arrivals.position();
		own.nextUs[client] = sendsUs(model, fromUs, gap * model.meanGapUs, untilUs);
	};
	const show = (state: GeneratorState): void => {
		const own = state.clients as ClientsState;
		const client = own.heap[0] as number;
		const ownUs = own.nextUs[client] as number;
		if (ownUs === Number.POSITIVE_INFINITY) {
			state.nextUs = ownUs;
			return;
		}
		const span = { fromUs: state.exactUs, workUs: ownUs - own.lastUs, untilUs };
		state.exactUs =
			rate === null || state.rate === null ? ownUs : arrivalUs(rate, state.rate, span);
		own.lastUs = ownUs;
		const model = clients[client] as ClientModel;
		const drawn = model.lengths(stepAt(model, ownUs), lengths.at(state.lengths));
		state.lengths = lengths.position();
		state.nextUs = withinLimits(Math.round(state.exactUs), state.issued, limits);
		if (state.nextUs !== Number.POSITIVE_INFINITY) setLengths(state, drawn, limits);
		drawGap(state, own, client);
		sink(own, 0);
	};
	return {
		init() {
			const state = noRequest();
			state.arrivals = streams.arrivals.state();
			state.lengths = streams.lengths.state();
			state.rate = rate?.init() ?? null;
			const own: ClientsState = {
				nextUs: clients.map(() => 0),
				heap: clients.map((_, client) => client),
				lastUs: 0,
			};
			state.clients = own;
			for (let client = 0; client < clients.length; client++) drawGap(state, own, client);
			for (let place = clients.length >>> 1; place >= 0; place--) sink(own, place);
			show(state);
			return state;
		},
		advance(state) {
			if (!state.isLeftOut) {
				state.lastUs = state.nextUs;
				state.issued++;
			}
			show(state);
		},
	};
}

/** The number of the factor that counts at a time. */
function stepAt({ everyUs, factors }: ClientModel, atUs: number): number {
	return atUs === Number.POSITIVE_INFINITY ? 0 : Math.floor(atUs / everyUs) % factors.length;
}

/** When `workUs` of time at factor 1 have passed since `fromUs`; Infinity if not before `untilUs`. */
function sendsUs(model: ClientModel, fromUs: number, workUs: number, untilUs: number): number {
	const { everyUs, factors } = model;
	if (factors.length === 1) return fromUs + workUs / (factors[0] as number);
	let [atUs, left] = [fromUs, workUs];
	let index = Math.floor(atUs / everyUs);
	while (atUs < untilUs) {
		const factor = factors[index % factors.length] as number;
		const endUs = (index + 1) * everyUs;
		const room = (endUs - atUs) * factor;
		if (left < room) return atUs + left / factor;
		left -= room;
		atUs = endUs;
		index++;
	}
	return Number.POSITIVE_INFINITY;
}
