import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { Name } from '../readings.ts';
import { Duration } from './duration.ts';
import { PowerW } from './parts.ts';

const Every = Duration.nullable().default(null).describe('Comes again after this; null: once');

const Outage = z.strictObject({
	from: Duration.describe('After the start of the run'),
	length: Duration.describe('How long the grid is away'),
	every: Every,
});

/**
 * `18h+3h` is an outage of three hours after eighteen.
 *
 * @throws ConfigError for what has another form
 */
export function parseOutage(text: string, what: string): z.input<typeof Outage> {
	const [from = '', length = '', ...more] = text.split('+');
	if (from !== '' && length !== '' && more.length === 0) return { from, length };
	throw new ConfigError(`Cannot use ${what} "${text}": give none, or FROM+LENGTH, such as 18h+3h`);
}

/** What all events of the grid have. */
const Event = {
	id: Name.describe('By which it is told from others'),
	announced: Duration.nullable()
		.default(null)
		.describe('After the start of the run: from when on policies know of it; null: from the start'),
	from: Duration.describe('After the start of the run'),
	length: Duration.describe('How long it holds'),
};

/** What the grid announces: docs/real-time.md. */
const GridEvent = z.discriminatedUnion('type', [
	z.strictObject({
		type: z
			.literal('demand-response')
			.describe('The site is asked to import less; it responds as `respondToEvents` says'),
		...Event,
		targetW: PowerW.describe('What the import shall stay below, W'),
	}),
	z.strictObject({
		type: z.literal('import-limit').describe('Less may be drawn'),
		...Event,
		importLimitW: PowerW.describe('Most that may be drawn meanwhile, W'),
	}),
	z.strictObject({ type: z.literal('outage').describe('The grid is away'), ...Event }),
	z.strictObject({
		type: z.literal('price').describe('Energy costs something else'),
		...Event,
		usdPerKwh: z.number().describe('What it costs meanwhile, USD/kWh'),
	}),
]);

/** The grid's limits, and the times when it is away. */
export const GridConnection = z.strictObject({
	importLimitW: PowerW.nullable()
		.default(null)
		.describe('Most that may be drawn, W; null: no limit'),
	exportLimitW: PowerW.nullable()
		.default(null)
		.describe('Most that may be fed in, W, the rest is curtailed; null: no limit'),
	rampUpW: PowerW.nullable()
		.default(null)
		.describe(
			'How fast its power may rise (imports fall, exports grow), W per minute; batteries, generators and curtailment keep it, and what they cannot is counted; null: no limit',
		),
	rampDownW: PowerW.nullable()
		.default(null)
		.describe('How fast it may fall (imports grow, exports fall), W per minute; null: no limit'),
	batteriesExport: z
		.boolean()
		.default(true)
		.describe('Whether what batteries give may flow into the grid; else they serve the site only'),
	curtailBelowUsdPerKwh: z
		.number()
		.nullable()
		.default(0)
		.describe(
			'Nothing is fed in while exports earn less than this (`exportPrice`): batteries store it, the rest is curtailed; null: never',
		),
	outages: z
		.array(Outage)
		.default([])
		.describe('Times without a grid; a step that one touches is without it as a whole'),
	outageTrace: z
		.strictObject({
			path: z.string().min(1).describe('CSV file, relative to the scenario file'),
			column: z.string().nullable().default(null).describe('Column; needed if there are several'),
			anchor: z
				.string()
				.nullable()
				.default(null)
				.describe('Time in the file that is the start of the run'),
		})
		.nullable()
		.default(null)
		.describe('The same from a file: 1 while the grid is there, 0 while it is away'),
	curtailments: z
		.array(
			z.strictObject({
				from: Duration.describe('After the start of the run'),
				length: Duration.describe('How long it holds'),
				every: Every,
				exportLimitW: PowerW.describe('Most that may be fed in meanwhile, W'),
			}),
		)
		.default([])
		.describe('Times with a stricter limit on exports'),
	events: z
		.array(GridEvent)
		.default([])
		.describe('What the grid announces, known to policies in advance (docs/real-time.md)'),
	respondToEvents: z
		.boolean()
		.default(true)
		.describe(
			'Whether batteries and generators keep the import below what demand response asks for; policy `plugin` decides for itself',
		),
});
