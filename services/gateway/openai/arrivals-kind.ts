import type { ActorEnv, ActorKind, EventActor } from '../../../kernel/actor/contract.ts';
import { LIVE_FIELDS, LIVE_PORT, LIVE_PREFIX_PORT } from '../../../protocol/ports.ts';
import { positionsOf } from '../../../protocol/readings.ts';
import type { LoggedArrival } from '../../../protocol/run-folder/arrivals.ts';
import { ArrivalLog } from './arrival-log.ts';
import { ArrivalsConfig } from './config.ts';
import { EXCHANGE, Exchange } from './exchange.ts';

/** How many requests from outside are told. */
interface ArrivalsState {
	told: number;
}

/**
 * Actor kind 'arrivals': says what comes from outside, each request at its place in simulated time. That is in the log before
 * it is said, and said from there: where nobody is outside, as in a run that is repeated, what the log has comes again.
 */
export const arrivalsKind: ActorKind<ArrivalsConfig> = {
	kind: 'arrivals',
	config: ArrivalsConfig,
	create: createArrivals,
};

const LIVE = positionsOf(LIVE_FIELDS);

function createArrivals(config: ArrivalsConfig, { outside }: ActorEnv): EventActor<ArrivalsState> {
	const log = new ArrivalLog(config.log);
	const exchange = outside?.[EXCHANGE];
	const clock = outside?.clock;
	const isLive = exchange instanceof Exchange && clock !== undefined;
	const row = new Float64Array(LIVE_FIELDS.length);
	const isShared = config.pieceTokens !== null;
	return {
		timing: 'event',
		inputs: [],
		outputs: isShared ? [LIVE_PORT, LIVE_PREFIX_PORT] : [LIVE_PORT],
		...(isLive ? { live: exchange.begin(config, clock, log) } : {}),
		init: () => ({ told: 0 }),
		nextUs: ({ told }) => log.at(told)?.atUs ?? Number.POSITIVE_INFINITY,
		step(state, timeUs, _inputs, ports) {
			const [live, prefix] = ports;
			for (let next = log.at(state.told); next?.atUs === timeUs; next = log.at(state.told)) {
				state.told++;
				for (const piece of isShared ? rowsOf(next) : []) prefix?.append(timeUs, piece);
				row[LIVE.arrival] = next.arrival;
				row[LIVE.model] = next.model;
				row[LIVE.prefill_tokens] = next.promptTokens;
				row[LIVE.decode_tokens] = next.answerTokens;
				live?.append(timeUs, row);
			}
			return state;
		},
		// Whatever a checkpoint or a table of this window knows is in the log for good.
		windowDone: ({ told }) => log.settle(told),
		finish: async () => log.close(),
	};
}

function rowsOf({ arrival, pieces }: LoggedArrival): number[][] {
	const rows: number[][] = [];
	for (let i = 0; i < pieces.length; i += 2)
		rows.push([arrival, pieces[i] as number, pieces[i + 1] as number]);
	return rows;
}
