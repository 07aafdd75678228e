import type {
	ActorEnv,
	ActorKind,
	InputSpec,
	SpanActor,
	WireInput,
} from '../../../kernel/actor/contract.ts';
import {
	EVICTIONS_PORT,
	FIRST_TOKENS_PORT,
	ITERATIONS_PORT,
	TOKENS_PORT,
} from '../../../protocol/ports.ts';
import { MonitorConfig, type MonitoredSite } from './config.ts';
import { MONITOR } from './outside-key.ts';
import { firstState, type MonitorState, type SiteState } from './state.ts';
import { siteTaker } from './take-rows.ts';
import { MonitorView } from './view.ts';

/**
 * Actor kind 'monitor': hears what the sites of a run book and what their replicas report, and remembers the last row of each and
 * what has added up. It says nothing, so no result depends on it. Who serves the run in the same process sees it through
 * a MonitorView; a run that is not served has none.
 */
export const monitorKind: ActorKind<MonitorConfig> = {
	kind: 'monitor',
	config: MonitorConfig,
	create: createMonitor,
};

function createMonitor(config: MonitorConfig, { outside }: ActorEnv): SpanActor<MonitorState> {
	const view = outside?.[MONITOR];
	const show = (state: MonitorState): void => {
		if (view instanceof MonitorView) view.show({ config, state });
	};
	const takers = config.sites.map((site) => siteTaker(site, config.stepUs));
	return {
		timing: 'span',
		inputs: config.sites.flatMap(inputsOf),
		outputs: [],
		init: () => firstState(config),
		promiseUs: (_state, _port, untilUs) => untilUs,
		step(state, { untilUs }, inputs) {
			takers.forEach((taker, s) => {
				const own = inputs.slice(PORTS * s, PORTS * (s + 1));
				const [books = [], usage = [], tokens = [], requests = []] = own;
				const [, , , , firstTokens = [], evictions = [], iterations = []] = own;
				const site = state.sites[s] as SiteState;
				takeAll(books, untilUs, (wire) => taker.books(site, wire));
				takeAll(usage, untilUs, (wire) => taker.usage(site, wire));
				// Ahead of requests: the last token of one comes when it completes.
				takeAll(tokens, untilUs, (wire) => taker.token(site, wire));
				takeAll(requests, untilUs, (wire) => taker.request(site, wire));
				takeAll(firstTokens, untilUs, (wire) => taker.firstToken(site, wire));
				takeAll(evictions, untilUs, (wire) => taker.eviction(site, wire));
				takeAll(iterations, untilUs, (wire) => taker.iterations(site, wire));
			});
			state.untilUs = untilUs;
			show(state);
			return state;
		},
	};
}

/** Input ports of a site. */
const PORTS = 7;

function inputsOf({ suffix, books, usage, requests, replicas }: MonitoredSite): InputSpec[] {
	const optional = replicas.length === 0;
	return [
		{ name: `books${suffix}`, kind: 'interval', fields: books },
		{ name: `usage${suffix}`, kind: 'interval', fields: usage, optional },
		{ ...TOKENS_PORT, name: `tokens${suffix}`, optional: true },
		{ name: `requests${suffix}`, kind: 'event', fields: requests, optional },
		...[FIRST_TOKENS_PORT, EVICTIONS_PORT, ITERATIONS_PORT].map((port) => ({
			...{ ...port, name: `${port.name}${suffix}` },
			optional: true,
		})),
	];
}

/** Who comes first does not matter: nothing adds up over several wires. */
function takeAll(
	wires: readonly WireInput[],
	untilUs: number,
	visit: (wire: WireInput) => void,
): void {
	for (const wire of wires) while (wire.take(untilUs)) visit(wire);
}
