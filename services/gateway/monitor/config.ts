import * as z from 'zod';
import { Field, Name } from '../../../protocol/readings.ts';
import { GridSignal } from '../../../protocol/signals.ts';

/** A replica as far as it is shown: what it serves, and on what. */
export const MonitoredReplica = z.strictObject({
	name: Name,
	/** As the scenario calls it. */
	model: z.string().min(1),
	device: z.string().min(1),
	gpus: z.int().positive(),
	/** Most tokens of a request, prompt and output. */
	maxTokens: z.int().positive(),
	/** Which part of requests it computes. */
	pool: z.enum(['all', 'prefill', 'decode']),
});
export type MonitoredReplica = z.infer<typeof MonitoredReplica>;

/** A microgrid as far as it is shown. */
export const MonitoredSite = z.strictObject({
	/** As results call it: the site, or the location where there is one. */
	name: z.string().min(1),
	/** Behind the names of the ports; empty where there is one site. */
	suffix: z.string(),
	latitude: z.number(),
	longitude: z.number(),
	timezone: z.string().min(1),
	/** Fields of its controller's port `books`. */
	books: z.array(Field).min(1),
	/** Fields of its replicas' ports `usage` and `requests`. */
	usage: z.array(Field).min(1),
	requests: z.array(Field).min(1),
	/** Whether its replicas tell of each token as it comes, as they do where requests come from outside. */
	tellsTokens: z.boolean(),
	/** Whoever makes or uses power, with its kind of actor. */
	members: z.array(z.strictObject({ name: Name, kind: Name })),
	batteries: z.array(z.strictObject({ name: Name, capacityWh: z.number().nonnegative() })),
	generators: z.array(Name),
	/** Signals of the grid: the name in the books, and what it is. */
	signals: z.array(z.strictObject({ name: Name, is: GridSignal })),
	replicas: z.array(MonitoredReplica),
});
export type MonitoredSite = z.infer<typeof MonitoredSite>;

/** What a monitor looks at. */
export const MonitorConfig = z.strictObject({
	stepUs: z.int().positive(),
	untilUs: z.int().nonnegative(),
	/** Civil time of simulated time 0, in milliseconds since 1970. */
	startEpochMs: z.int(),
	sites: z.array(MonitoredSite).min(1),
});
export type MonitorConfig = z.infer<typeof MonitorConfig>;
