import type { OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { eventPriceUsd, type GridEvent, withEvent } from '../../protocol/grid-events.ts';

/** An actor's own state, and the events of the grid that it knows of. */
export interface Priced<State> {
	own: State;
	events: readonly GridEvent[];
}

/**
 * A price as events of the grid change it: of a step that one touches it is what the event says, whatever the source has.
 * Forecasts stay those of the source.
 *
 * @param known before the run
 */
export function pricedByEvents<State>(
	actor: TimeActor<State>,
	known: readonly GridEvent[],
): TimeActor<Priced<State>> {
	const { timing, stepUs, inputs, outputs, takes, init, command, attend, step } = actor;
	const row = [0];
	let price: OutputPort | null = null;
	const instead: OutputPort = { append: (timeUs) => price?.append(timeUs, row) };
	return {
		...{ timing, stepUs, inputs, outputs },
		...(attend === undefined ? {} : { attend }),
		takes: { ...takes, gridEvents: true },
		init: () =>
			({ own: init(), events: [...known] }) as ReturnType<TimeActor<Priced<State>>['init']>,
		command(state, atUs, one) {
			if (one.type === 'grid-event') state.events = withEvent(state.events, atUs, one);
			else command?.(state.own, atUs, one);
		},
		step(state, span, wires, ports) {
			row[0] = eventPriceUsd(state.events, span);
			const [own, ...rest] = ports;
			price = own ?? null;
			const said = Number.isNaN(row[0]) ? ports : [instead, ...rest];
			state.own = step(state.own, span, wires, said);
			return state;
		},
	};
}
