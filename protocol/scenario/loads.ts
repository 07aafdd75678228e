import * as z from 'zod';
import { Name } from '../readings.ts';
import { Feed } from './feed.ts';
import { ExternalKeys, OwnKeys, withType } from './own.ts';
import { SamplingKey, TraceFile } from './parts.ts';

/** Which way the power of a load flows. */
export const LoadSign = z.enum(['consumer', 'producer']);

const loadKeys = {
	name: Name.describe('Name of the actor and of its column'),
	sign: LoadSign.default('consumer').describe('Which way the power flows'),
};

const ConstantPower = {
	type: z.literal('constant').describe('The same at all times'),
	powerW: z.number().nonnegative().describe('Power at all times, without sign'),
};

const KnownLoad = z.discriminatedUnion('type', [
	z.strictObject({ ...ConstantPower, name: loadKeys.name, sign: loadKeys.sign }),
	z.strictObject({
		type: z
			.literal('feed')
			.describe('Measured now: a live feed of power ([feeds](feeds.md#in-a-run))'),
		name: loadKeys.name,
		feed: Feed.describe('Whom to ask, in a word or by keys; its values have no sign'),
		profile: z
			.strictObject(ConstantPower)
			.nullable()
			.default(null)
			.describe('What holds while it is silent; needed with `then: profile`'),
		sampling: SamplingKey,
		sign: loadKeys.sign,
	}),
	z.strictObject({
		type: z.literal('trace').describe('From a CSV'),
		name: loadKeys.name,
		...TraceFile,
		unit: z
			.enum(['W', 'kW', 'MW', 'Wh', 'kWh', 'MWh'])
			.nullable()
			.default(null)
			.describe(
				'Of the file, an energy being that from one row to the next; null: that in the column’s name, else W',
			),
		sampling: SamplingKey,
		sign: loadKeys.sign,
	}),
	z.looseObject({
		type: z
			.literal('module')
			.describe('A kind of your own ([own kinds](own-kind.md)); the key may be left out'),
		...OwnKeys,
	}),
	z.strictObject({
		type: z
			.literal('external')
			.describe(
				'A process that is started elsewhere ([Python](python.md)); the key may be left out',
			),
		...ExternalKeys,
	}),
]);

/** An entry with a module, or one that is external, says its type by it. */
export const Load = z.preprocess((entry) => {
	const typed = withType(entry);
	return typeof typed === 'object' && typed !== null && 'module' in typed && !('type' in typed)
		? { type: 'module', ...typed }
		: typed;
}, KnownLoad);
