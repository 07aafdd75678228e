import {
	BATTERY_STATE_FIELDS,
	GENERATOR_STATE_FIELDS,
	GRID_FIELDS,
	POWER_PORT,
	PRICE_PORT,
	SIGNAL_PORT,
} from '../../protocol/ports.ts';
import type { BatteryConfig } from '../../services/battery/config.ts';
import { initialStateReading } from '../../services/battery/kind.ts';
import { booksPort } from '../../services/controller/books.ts';
import type { ControllerConfig } from '../../services/controller/config.ts';
import { type GeneratorConfig, initialGeneratorReading } from '../../services/generator/kind.ts';
import { startReading } from '../../services/own/make.ts';
import type { SitePort, SitePorts } from './external-cast.ts';
import type { OwnActor } from './own-actor.ts';
import type { Frame } from './plan.ts';
import { siteNames } from './site-names.ts';

/** What a site has of ports. */
interface SiteParts {
	readonly frame: Frame;
	/** Whoever makes or uses power. */
	readonly members: readonly string[];
	readonly batteries: readonly (readonly [string, BatteryConfig])[];
	readonly generators: readonly (readonly [string, GeneratorConfig])[];
	readonly own: readonly OwnActor[];
	readonly hasGrid: boolean;
	readonly controller: ControllerConfig;
}

/** The ports of a site that an actor whose process is elsewhere may read. */
export function sitePorts(parts: SiteParts): SitePorts {
	const { frame, members, batteries, generators, own, hasGrid, controller } = parts;
	const names = siteNames(frame);
	const ahead = (fields: SitePort['fields']): SitePort => ({
		...{ fields, isAhead: true, initial: null },
	});
	const after = (fields: SitePort['fields'], initial: readonly number[] | null): SitePort => ({
		...{ fields, isAhead: false, initial },
	});
	const signals = controller.signals.map(({ name, unit }) =>
		unit === 'g/kWh'
			? ([`${name}.signal`, ahead(SIGNAL_PORT.fields)] as const)
			: ([`${name}.price`, ahead(PRICE_PORT.fields)] as const),
	);
	const all: (readonly [string, SitePort])[] = [
		...members.map((name) => [`${name}.power`, ahead(POWER_PORT.fields)] as const),
		...signals,
		...(hasGrid ? [[`${names.grid}.grid`, ahead(GRID_FIELDS)] as const] : []),
		...batteries.map(
			([name, config]) =>
				[`${name}.state`, after(BATTERY_STATE_FIELDS, initialStateReading(config))] as const,
		),
		...own.flatMap(({ name, start }) =>
			start === null
				? []
				: [[`${name}.state`, after(BATTERY_STATE_FIELDS, startReading(start))] as const],
		),
		...generators.map(
			([name, config]) =>
				[`${name}.state`, after(GENERATOR_STATE_FIELDS, initialGeneratorReading(config))] as const,
		),
		// Before the first step nothing was booked.
		[`${names.controller}.books`, after(booksPort(controller).fields, null)],
	];
	const { prefix } = frame;
	return { frame, ports: new Map(all.map(([port, is]) => [port.slice(prefix.length), is])) };
}
