import * as z from 'zod';
import { loadTrace } from '../../feeds/signal/load.ts';
import { type Trace, TraceOptions, traceLeast } from '../../feeds/signal/trace.ts';
import type { ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { GRID_FIELDS, GRID_PORT } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';

const GRID = positionsOf(GRID_FIELDS);

/** A span that may come again. */
const Spell = {
	fromUs: z.int().nonnegative(),
	lengthUs: z.int().positive(),
	/** From one beginning to the next; null: once. */
	everyUs: z.int().positive().nullable(),
};
const Outage = z.strictObject(Spell);
const Curtailment = z.strictObject({ ...Spell, exportLimitW: z.number().nonnegative() });
type Outage = z.infer<typeof Outage>;

/** Configuration of an actor of kind 'grid'. */
export const GridConfig = z.strictObject({
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	/** null: none. */
	importLimitW: z.number().nonnegative().nullable(),
	exportLimitW: z.number().nonnegative().nullable(),
	outages: z.array(Outage),
	curtailments: z.array(Curtailment),
	/** 1 while the grid is there, 0 while it is away: a step in which it is away at any time is without it. */
	source: z.strictObject({ type: z.literal('trace'), ...TraceOptions.shape }).nullable(),
});
export type GridConfig = z.infer<typeof GridConfig>;

/** Whether a spell has anything of [fromUs, untilUs). */
function touches(spell: Outage, fromUs: SimTime, untilUs: SimTime): boolean {
	const { everyUs, lengthUs } = spell;
	if (untilUs <= spell.fromUs) return false;
	if (everyUs === null) return fromUs < spell.fromUs + lengthUs;
	// The last beginning before the end of the span; an earlier one may last until then, too.
	const last = Math.floor((untilUs - 1 - spell.fromUs) / everyUs);
	return fromUs < spell.fromUs + last * everyUs + lengthUs;
}

/**
 * Actor kind 'grid': whether the grid is there and what may flow. Output `grid`. A step that an outage or a
 * curtailment touches has it as a whole: a step has one state, and an islanded part of it cannot be averaged
 * with a connected one.
 */
export const gridKind: ActorKind<GridConfig> = {
	kind: 'grid',
	config: GridConfig,
	create(config): TimeActor<null> {
		const trace = traceOf(config);
		const row = [1, 0, 0];
		const importW = config.importLimitW ?? Number.POSITIVE_INFINITY;
		const exportW = config.exportLimitW ?? Number.POSITIVE_INFINITY;
		return {
			timing: 'time',
			stepUs: config.stepUs,
			inputs: [],
			outputs: [GRID_PORT],
			init: () => null,
			step(state, { fromUs, untilUs }, _inputs, outputs) {
				const isAway =
					config.outages.some((outage) => touches(outage, fromUs, untilUs)) ||
					(trace !== null && traceLeast(trace, fromUs, untilUs) < 0.5);
				row[GRID.available] = isAway ? 0 : 1;
				row[GRID.import_limit] = isAway ? 0 : importW;
				row[GRID.export_limit] = isAway ? 0 : exportW;
				for (const curtailment of config.curtailments)
					if (touches(curtailment, fromUs, untilUs))
						row[GRID.export_limit] = Math.min(
							row[GRID.export_limit] as number,
							curtailment.exportLimitW,
						);
				(outputs[0] as OutputPort).append(fromUs, row);
				return state;
			},
		};
	},
};

function traceOf({ source }: GridConfig): Trace | null {
	if (source === null) return null;
	const { type: _type, ...options } = source;
	return loadTrace(options);
}
