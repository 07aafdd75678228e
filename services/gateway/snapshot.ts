import * as z from 'zod';

/** What a run is at a moment, for whoever looks at it from outside: the API, the dashboard, metrics. Null: not known. */

const Figure = z.number().nullable();

const SnapshotBattery = z.looseObject({
	name: z.string(),
	soc: Figure.describe('state of charge, 0 to 1'),
	powerW: Figure.describe('charging +, discharging -'),
	storedWh: Figure.optional().describe('energy stored'),
	capacityWh: Figure.optional().describe('energy when full'),
});

const SnapshotActor = z.looseObject({
	name: z.string(),
	kind: z.string().describe('replica, solar, wind, load, generator, …; member: not known'),
	powerW: Figure.describe('production +, consumption -'),
});

const SnapshotSite = z.looseObject({
	name: z.string(),
	deltaW: Figure.optional().describe('sum of the members: surplus +, deficit -'),
	gridW: Figure.describe('exchange with the grid: export +, import -'),
	carbonGPerKwh: Figure.describe('carbon intensity of the grid'),
	priceUsdPerKwh: Figure.describe('price of imports'),
	capW: Figure.describe('cap per GPU that the policy has decided; null: none'),
	actors: z.array(SnapshotActor),
	batteries: z.array(SnapshotBattery),
});

const SnapshotReplica = z.looseObject({
	name: z.string(),
	site: z.string(),
	model: z.string().nullable(),
	powerW: Figure.describe('production +, consumption -'),
	running: Figure.describe('requests that are being answered'),
	waiting: Figure.describe('requests that wait for a batch'),
	kvUsed: Figure.describe('share of the KV cache in use, 0 to 1'),
	busy: Figure.describe('share of the step in which it computed, 0 to 1'),
	completed: Figure.describe('requests completed since the start'),
});

/** The values of a run in its last step. */
export const Snapshot = z.looseObject({
	simUs: z.int().nonnegative().describe('start of the step, microseconds from the start'),
	sites: z.array(SnapshotSite),
	replicas: z.array(SnapshotReplica),
});
export type Snapshot = z.infer<typeof Snapshot>;
