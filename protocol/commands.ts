import * as z from 'zod';
import { Name } from './readings.ts';
import { FeedQuantity } from './signals.ts';
import { formatSimTime } from './time.ts';
import { Label, Words } from './words.ts';

/**
 * What comes to a run from outside in its course: what users want, what feeds report, what the grid announces. A command acts
 * from the start of a window on, for all actors in the same order, and is logged before it acts, so that with its log a
 * run is as certain as without.
 */

const SimTimeUs = z.int().nonnegative();
/** Milliseconds since 1970. */
const EpochMs = z.int();

/** So many replicas, as an entry of the schedule would have it. */
const ReplicasCommand = z.strictObject({
	type: z.literal('replicas'),
	replicas: z.int().positive(),
});

/** What a control can be set to; null: what the scenario says holds again. */
export const ControlValue = z.union([z.number(), z.boolean(), Label, z.null()]);
export type ControlValue = z.infer<typeof ControlValue>;

/** Sets one control of an actor, from here on until it is set again. */
export const SetCommand = z.strictObject({
	type: z.literal('set'),
	/** null: any. */
	site: Name.nullable(),
	/** null: all that have this control. In the log it is one. */
	actor: Name.nullable(),
	/** One that the actor says it has, such as `capW`. */
	key: Name,
	value: ControlValue,
});
export type SetCommand = z.infer<typeof SetCommand>;

const POINTS_MAX = 2_000;

/** A value that holds from a civil time on, until the next. */
const SignalPoint = z.strictObject({
	fromMs: EpochMs,
	value: z.number(),
	isForecast: z.boolean(),
});

/** What was heard of a feed by an actor that follows it. */
export const SignalCommand = z.strictObject({
	type: z.literal('signal'),
	actor: Name,
	/**
	 * unchanged: what it gave before still holds. failure: it could not be had, which changes nothing and is kept for whoever reads the
	 * log. Left out: these values.
	 */
	heard: z.enum(['unchanged', 'failure']).exactOptional(),
	quantity: FeedQuantity,
	/** Of the values. */
	unit: Label,
	/** In the order of time; none where no new ones came. */
	points: z.array(SignalPoint).max(POINTS_MAX),
	receivedAtMs: EpochMs,
	/** Where it was asked, without secrets. */
	from: Words,
	/** The newest value as it was given, before conversion. */
	given: z.strictObject({ unit: Label, value: z.number() }).exactOptional(),
	/** Whom to name, as the licence requires. */
	attribution: Words.exactOptional(),
	/** What whoever looks at the results should know. */
	notes: z.array(Words).max(16).exactOptional(),
});
export type SignalCommand = z.infer<typeof SignalCommand>;

/** When an event of the grid is announced and takes place, simulated time. */
const EVENT = {
	type: z.literal('grid-event'),
	/** By which it is told from others: the same again replaces what was announced. */
	id: Name,
	/** null: every site. */
	site: Name.nullable(),
	/** From when on policies know of it; left out: from when it comes. */
	announcedUs: SimTimeUs.exactOptional(),
	startUs: SimTimeUs,
	durationUs: z.int().positive(),
	/** Actors that it is for; left out: those of the site that follow events. */
	actors: z.array(Name).exactOptional(),
	text: Words.exactOptional(),
};

/** What the grid announces, or whoever speaks for it. */
export const GridEventCommand = z.discriminatedUnion('event', [
	/** No more than this may be imported. */
	z.strictObject({
		...EVENT,
		event: z.literal('import-limit'),
		importLimitW: z.number().nonnegative(),
	}),
	/** The grid is away. */
	z.strictObject({ ...EVENT, event: z.literal('outage') }),
	/** The site is asked to import no more than this, and paid for what it leaves out; it may exceed it. */
	z.strictObject({
		...EVENT,
		event: z.literal('demand-response'),
		targetW: z.number().nonnegative(),
	}),
	/** What energy costs instead. */
	z.strictObject({ ...EVENT, event: z.literal('price'), usdPerKwh: z.number() }),
	/** What was announced under this id does not take place, or ends. */
	z.strictObject({ ...EVENT, event: z.literal('cancelled') }),
]);
export type GridEventCommand = z.infer<typeof GridEventCommand>;

export const Command = z.discriminatedUnion('type', [
	ReplicasCommand,
	SetCommand,
	SignalCommand,
	GridEventCommand,
]);
export type Command = z.infer<typeof Command>;

/** Who wanted a command; it changes no result. */
export const CommandBy = z.enum(['user', 'api', 'feed', 'grid']);
export type CommandBy = z.infer<typeof CommandBy>;

/** A control that an actor has: what may be set in the course of a run. */
export const ControlSpec = z.strictObject({
	/** Unit last, such as `capW`. */
	key: Name,
	/** Of a number; empty where it has none. */
	unit: z.string().max(40),
	/** What it can be set to. */
	takes: z.discriminatedUnion('type', [
		z.strictObject({ type: z.literal('number'), min: z.number(), max: z.number().nullable() }),
		z.strictObject({ type: z.literal('boolean') }),
		z.strictObject({ type: z.literal('choice'), of: z.array(Label).min(1) }),
	]),
	/** What it is, in a line. */
	meaning: Words,
});
export type ControlSpec = z.infer<typeof ControlSpec>;

/** Which commands an actor follows beside those on its number of replicas. */
export const TakesCommands = z.strictObject({
	controls: z.array(ControlSpec).exactOptional(),
	signals: z.array(FeedQuantity).exactOptional(),
	/** It follows events of the grid. */
	gridEvents: z.boolean().exactOptional(),
});
export type TakesCommands = z.infer<typeof TakesCommands>;

/** Whether a command is for an actor of this name. */
export function isFor(command: Command, actor: string): boolean {
	if (command.type === 'replicas') return true;
	if (command.type === 'grid-event') return command.actors?.includes(actor) ?? true;
	return command.actor === actor;
}

/** A command in a few words, for notices and reports. */
export function commandText(command: Command): string {
	switch (command.type) {
		case 'replicas':
			return `${command.replicas} ${command.replicas === 1 ? 'replica' : 'replicas'}`;
		case 'set': {
			const whose = command.actor ?? command.site;
			const what = command.value === null ? 'as the scenario says' : String(command.value);
			return `${whose === null ? '' : `${whose}: `}${command.key} ${what}`;
		}
		case 'signal':
			return `${command.actor}: ${command.points.length} values of ${command.quantity} from ${command.from}`;
		case 'grid-event':
			return eventText(command);
	}
}

function eventText(event: GridEventCommand): string {
	const where = event.site === null ? '' : `${event.site}: `;
	if (event.event === 'cancelled') return `${where}${event.id} is cancelled`;
	const when = `from ${formatSimTime(event.startUs)} for ${formatSimTime(event.durationUs)}`;
	return `${where}${whatOf(event)} ${when} (${event.id})`;
}

function whatOf(event: GridEventCommand): string {
	switch (event.event) {
		case 'import-limit':
			return `an import limit of ${event.importLimitW} W`;
		case 'demand-response':
			return `demand response to ${event.targetW} W`;
		case 'price':
			return `a price of ${event.usdPerKwh} USD/kWh`;
		default:
			return 'an outage';
	}
}
