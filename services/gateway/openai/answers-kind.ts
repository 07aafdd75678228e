import type { ActorEnv, ActorKind, SpanActor, WireInput } from '../../../kernel/actor/contract.ts';
import {
	SIGNAL_PORT,
	TAKEN_FIELDS,
	TAKEN_PORT,
	TOKENS_FIELDS,
	TOKENS_PORT,
} from '../../../protocol/ports.ts';
import { positionsOf } from '../../../protocol/readings.ts';
import type { SimTime } from '../../../protocol/time.ts';
import { type AnsweringSite, AnswersConfig } from './config.ts';
import { EXCHANGE, Exchange } from './exchange.ts';

/** Up to when all is passed on. */
interface AnswersState {
	untilUs: SimTime;
}

/**
 * Actor kind 'answers': hears where requests from outside are, of each of their tokens, and what they took, and passes it on to
 * the exchange in its process. It says nothing, so no result depends on it; where nobody is outside it does nothing.
 */
export const answersKind: ActorKind<AnswersConfig> = {
	kind: 'answers',
	config: AnswersConfig,
	create: createAnswers,
};

const TAKEN = positionsOf(TAKEN_FIELDS);
const TOKENS = positionsOf(TOKENS_FIELDS);
const WH_PER_KWH = 1000;

function createAnswers(config: AnswersConfig, { outside }: ActorEnv): SpanActor<AnswersState> {
	const found = outside?.[EXCHANGE];
	const exchange = found instanceof Exchange ? found : null;
	const done = config.sites.map((site) => (exchange === null ? null : doneTeller(exchange, site)));
	return {
		timing: 'span',
		inputs: [
			TAKEN_PORT,
			TOKENS_PORT,
			...config.sites.map(({ suffix, requests }) => ({
				...{ name: `requests${suffix}`, fields: requests },
				kind: 'event' as const,
			})),
			...config.sites.flatMap(({ suffix, hasCarbon }) =>
				hasCarbon ? [{ ...SIGNAL_PORT, name: `signal${suffix}` }] : [],
			),
		],
		outputs: [],
		init: () => ({ untilUs: 0 }),
		promiseUs: (_state, _port, untilUs) => untilUs,
		step(state, { untilUs }, inputs) {
			takeAll(inputs[0], untilUs, (wire) =>
				exchange?.taken(wire.value(TAKEN.arrival), wire.value(TAKEN.request_id), {
					replica: config.replicas[wire.value(TAKEN.replica)] ?? '',
					latencyMs: wire.value(TAKEN.latency) * 1000,
				}),
			);
			takeAll(inputs[1], untilUs, (wire) =>
				exchange?.tokens(wire.value(TOKENS.request_id), wire.value(TOKENS.tokens), wire.timeUs),
			);
			let signal = 2 + config.sites.length;
			config.sites.forEach(({ hasCarbon }, s) => {
				const [carbon] = hasCarbon ? (inputs[signal++] ?? []) : [];
				// In the order of time: the signal is read once, forwards.
				takeInOrder(inputs[2 + s], untilUs, (wire) => done[s]?.(wire, carbon));
			});
			state.untilUs = untilUs;
			return state;
		},
		finish: async (_state, { reason }) =>
			exchange?.over(reason === '' ? 'the run is over' : reason),
	};
}

function takeAll(
	wires: readonly WireInput[] | undefined,
	untilUs: SimTime,
	take: (wire: WireInput) => void,
): void {
	for (const wire of wires ?? []) while (wire.take(untilUs)) take(wire);
}

function takeInOrder(
	wires: readonly WireInput[] | undefined,
	untilUs: SimTime,
	take: (wire: WireInput) => void,
): void {
	for (;;) {
		let first: WireInput | undefined;
		for (const wire of wires ?? [])
			if (first === undefined || wire.nextUs() < first.nextUs()) first = wire;
		if (!first?.take(untilUs)) return;
		take(first);
	}
}

/** Says what a request took that is done, the current row of its replica. */
function doneTeller(
	exchange: Exchange,
	{ requests }: AnsweringSite,
): (wire: WireInput, carbon: WireInput | undefined) => void {
	const at = (wanted: string) => requests.findIndex(({ name }) => name === wanted);
	const [id, prefill, decode] = [at('request_id'), at('prefill_energy'), at('decode_energy')];
	const cached = at('request_num_cached_tokens');
	return (wire, carbon) => {
		const energyWh = wire.value(prefill) + wire.value(decode);
		const isKnown = carbon?.seek(wire.timeUs) === true;
		exchange.served(wire.value(id), {
			...{ atUs: wire.timeUs, energyWh },
			carbonG: isKnown ? (energyWh / WH_PER_KWH) * carbon.value(0) : null,
			cachedTokens: cached < 0 ? null : wire.value(cached),
		});
	};
}
