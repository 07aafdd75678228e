import { type FollowedFeeds, followedFeed } from '../../feeds/signal/followed.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { GridEvent } from '../../protocol/grid-events.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { OwnPart } from '../../protocol/scenario/own.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { type BatteryConfig, batteryCapacityWh } from '../../services/battery/config.ts';
import { initialStateReading } from '../../services/battery/kind.ts';
import { booksPort } from '../../services/controller/books.ts';
import type { ControllerConfig } from '../../services/controller/config.ts';
import { DECLARED_KINDS, listed } from '../../services/declared-kinds.ts';
import { type GeneratorConfig, initialGeneratorReading } from '../../services/generator/kind.ts';
import type { RecorderConfig } from '../../services/recorder/config.ts';
import { OPERATION_FIELDS } from '../../services/replica/replica-ports.ts';
import type { AirConfig } from '../../services/solar/config.ts';
import { askedSignals } from './asked-signals.ts';
import { declaredIn, kindsIn, shownIn, weatherIn } from './declared.ts';
import {
	batteryConfig,
	capsReplicas,
	eventsConfig,
	generatorConfig,
	gridConfig,
	policyConfig,
} from './dispatch-config.ts';
import { drawnLoads } from './drawn-loads.ts';
import { elsewhereSeries, type SitePorts } from './external-cast.ts';
import { knownLoads, loadConfig } from './load-config.ts';
import { outdoorFeed } from './member-feeds.ts';
import { siteLabel } from './metadata.ts';
import type { OwnActor } from './own-actor.ts';
import { ownEntries, ownMembers, ownStores, ownWires } from './own-cast.ts';
import type { Frame } from './plan.ts';
import { mayChange } from './router-config.ts';
import { replicaNames, servingActors, servingFields, servingWires } from './serving-cast.ts';
import { type SiteSignals, signalActors, signalKeys, signalWires } from './signal-cast.ts';
import { siteNames } from './site-names.ts';
import { sitePorts } from './site-ports.ts';
import { wire } from './wire.ts';

/** What a microgrid can have as members, in words. */
const MEMBERS = listed(
	['replicas', 'loads', ...DECLARED_KINDS.map(({ section }) => section.key)],
	'or',
);

/** Actors before they have been placed, and how they are wired. */
export interface Cast {
	readonly actors: readonly Omit<RosterEntry, 'host'>[];
	readonly wires: readonly Wire[];
	/** Capacity of all batteries as the models have it (whole cells), Wh. */
	readonly capacityWh: number;
}

/** A microgrid with its replicas: one place, one controller, one run folder. */
export interface SiteContext extends SiteSignals {
	/** What the site is made of; of its requests only what replicas have to know of them. */
	readonly scenario: Scenario;
	readonly folder: string;
	/** The folder of the whole run, and what its lock says (null: it has none). */
	readonly root: string;
	readonly run: string | null;
	readonly metadata: RecorderConfig['metadata'];
	/** Where requests come from, by name; null where there is no way to the site. */
	readonly origins: readonly string[] | null;
	/** Actors of the user's own kinds. */
	readonly own: readonly OwnActor[];
	/** What members follow, and the air outside. */
	readonly feeds: FollowedFeeds;
	/** Whether the run may be told something while it goes on. */
	readonly isSteered: boolean;
}

type Entry = Omit<RosterEntry, 'host'>;

/** All of a site but for the router, whose requests come from outside. */
export function siteCast(context: SiteContext): Cast {
	const { scenario, frame } = context;
	const names = siteNames(frame);
	const replicas = replicaNames(scenario, frame.prefix);
	const batteries = scenario.batteries.map(
		(battery) => [battery.name, batteryConfig(battery, frame)] as const,
	);
	const generators = scenario.generators.map(
		(generator) => [generator.name, generatorConfig(generator, frame)] as const,
	);
	const members = [
		...replicas,
		...knownLoads(scenario).map(({ name }) => name),
		...declaredIn(scenario).map(({ item }) => item.name),
		...ownMembers(context),
	];
	if (members.length === 0) {
		throw new ConfigError(`Cannot run a microgrid without members: add ${MEMBERS}`);
	}
	const controller = controllerConfig(context, members, batteries);
	const hasGrid = scenario.grid !== null;
	const { own } = context;
	const ports = sitePorts({ frame, members, batteries, generators, own, hasGrid, controller });
	const entry = (name: string, kind: string, config: unknown): Entry =>
		({ name, kind, config }) as Entry;
	const actors: Entry[] = [
		...servingActors(scenario, frame),
		...knownLoads(scenario).map((load) =>
			entry(load.name, 'load', loadConfig(load, frame, context.feeds)),
		),
		...declaredIn(scenario).map(({ declaration, item }) =>
			entry(item.name, declaration.kind, declaration.config(item, frame, context.feeds)),
		),
		...ownEntries(context, ports),
		...signalActors(context, {
			events: priceEvents(scenario),
			drawn: drawnLoads(scenario, frame),
		}),
		...batteries.map(([name, config]) => entry(name, 'battery', config)),
		...generators.map(([name, config]) => entry(name, 'generator', config)),
		...(scenario.grid === null
			? []
			: [entry(names.grid, 'grid', gridConfig(scenario.grid, frame))]),
		...(asksAir(scenario) && ownOutdoor(scenario) === null
			? [entry(names.air, 'air', airConfig(scenario, frame, context.feeds))]
			: []),
		entry(names.controller, 'controller', controller),
		entry(names.recorder, 'recorder', recorderConfig(context, controller, replicas)),
	];
	const wires = siteWires(context, { members, replicas, batteries, generators, ports });
	const capacityWh = controller.batteries.reduce((sum, battery) => sum + battery.capacityWh, 0);
	return { actors, wires, capacityWh };
}

/** The controller changes the price of its own books; others need it as it is where sites are chosen by it. */
function priceEvents(scenario: Scenario): GridEvent[] | undefined {
	const { grid } = scenario;
	if (!askedSignals(scenario).price || grid?.respondToEvents === false) return undefined;
	return eventsConfig(grid).gridEvents?.known ?? [];
}

interface SiteMembers {
	/** Whoever makes or uses power. */
	readonly members: readonly string[];
	readonly replicas: readonly string[];
	readonly batteries: readonly (readonly [string, BatteryConfig])[];
	readonly generators: readonly (readonly [string, GeneratorConfig])[];
	readonly ports: SitePorts;
}

function siteWires(
	context: SiteContext,
	{ members, replicas, batteries, generators, ports }: SiteMembers,
): Wire[] {
	const { scenario, frame } = context;
	const names = siteNames(frame);
	return [
		...servingWires(scenario, frame, names.recorder),
		...members.map((name) => wire(`${name}.power`, `${names.controller}.power`)),
		...signalWires(context),
		...ownWires(context, ports),
		...batteries.flatMap(([name, config]) => [
			wire(`${names.controller}.setpoint-${name}`, `${name}.setpoint`),
			wire(
				`${name}.state`,
				`${names.controller}.battery`,
				frame.stepUs,
				initialStateReading(config),
			),
		]),
		...generators.flatMap(([name, config]) => [
			wire(`${names.controller}.setpoint-${name}`, `${name}.setpoint`),
			wire(
				`${name}.state`,
				`${names.controller}.generator`,
				frame.stepUs,
				initialGeneratorReading(config),
			),
		]),
		...(scenario.grid === null ? [] : [wire(`${names.grid}.grid`, `${names.controller}.grid`)]),
		// A cap that can never act is no wire: without it the replicas run ahead of the microgrid.
		...(capsReplicas(scenario, context.isSteered)
			? replicas.map((name) =>
					wire(`${names.controller}.cap`, `${name}.cap`, frame.stepUs, [Number.POSITIVE_INFINITY]),
				)
			: []),
		...(asksAir(scenario) ? replicas.map((name) => wire(`${names.air}.air`, `${name}.air`)) : []),
		wire(`${names.controller}.books`, `${names.recorder}.books`),
		...kindsIn(scenario).flatMap(({ declaration: { table }, items }) =>
			table === null
				? []
				: items
						.slice(0, 1)
						.map(({ name }) => wire(`${name}.${table.name}`, `${names.recorder}.${table.name}`)),
		),
	];
}

/** Whether the facility's cooling follows the weather. */
function asksAir({ serving }: Scenario): boolean {
	return serving !== null && typeof serving.pue === 'object';
}

/** The module of the user's that reports the temperature outside; null: none does. */
export function ownOutdoor({ serving }: Scenario): OwnPart | null {
	return typeof serving?.pue === 'object' ? (serving.pue.outdoor ?? null) : null;
}

/** The air outside: of a feed or the weather file of a plant if there is one, else of the location's climate. */
export function airConfig(scenario: Scenario, frame: Frame, feeds: FollowedFeeds): AirConfig {
	const { stepUs, startEpochMs, location } = frame;
	const feed = outdoorFeed(scenario);
	return {
		stepUs,
		startEpochMs,
		latitude: location.latitude,
		longitude: location.longitude,
		airTemperature: {
			meanC: location.climate.airMeanC,
			dailyAmplitudeC: location.climate.airDailyAmplitudeC,
		},
		file: (weatherIn(scenario, frame)?.file ?? null) as AirConfig['file'],
		...(feed === null ? {} : { feed: { followed: followedFeed(feeds, feed) } }),
	};
}

function controllerConfig(
	context: SiteContext,
	members: readonly string[],
	batteries: readonly (readonly [string, BatteryConfig])[],
): ControllerConfig {
	const { scenario, frame } = context;
	const asked = askedSignals(scenario);
	return {
		stepUs: frame.stepUs,
		...policyConfig(scenario, frame),
		cap: scenario.cap.length === 0 ? null : { rules: scenario.cap },
		members: members.map((name) => ({ name })),
		batteries: [
			...batteries.map(([name, { model, wear }]) => ({
				name,
				capacityWh: batteryCapacityWh(model),
				...(wear === null ? {} : { fades: true }),
			})),
			...ownStores(context),
		],
		...signalKeys(context),
		...(asked.carbon || asked.price ? { tellsSupply: true } : {}),
		...(scenario.serving !== null && capsReplicas(scenario, context.isSteered)
			? { capsReplicas: true }
			: {}),
		...eventsConfig(scenario.grid),
	};
}

/** What has a table of its own, of the first of its kind. */
function seriesOf(scenario: Scenario): RecorderConfig['series'] {
	const ports = kindsIn(scenario).flatMap(({ declaration: { table } }) => table ?? []);
	return ports.map(({ name, fields }) => ({ name, fields }));
}

function recorderConfig(
	{ scenario, frame, folder, root, run, metadata, origins, own }: SiteContext,
	controller: ControllerConfig,
	replicas: readonly string[],
): RecorderConfig {
	return {
		...{ folder, root, run },
		microgrid: siteLabel(frame),
		startEpochMs: frame.startEpochMs,
		timezone: frame.location.timeZone,
		mode: scenario.policy.mode,
		books: booksPort(controller).fields,
		...servingFields(scenario, frame),
		series: [...seriesOf(scenario), ...elsewhereSeries(own)],
		producers: shownIn(scenario).map(({ declaration: { kind }, items }) => ({
			key: `${kind}W`,
			names: items.map(({ name }) => name),
		})),
		loadNames: [...replicas, ...scenario.loads.map(({ name }) => name)],
		replicas: [...replicas],
		...(origins === null ? {} : { network: { origins: [...origins] } }),
		...(replicas.length > 0 && mayChange(scenario) ? { changes: true } : {}),
		metadata,
		untilUs: frame.untilUs,
		extras: {
			batches: scenario.outputs.batches,
			chromeTrace: scenario.outputs.chromeTrace,
			requests: scenario.outputs.requests,
			operations: scenario.outputs.operations ? [...OPERATION_FIELDS] : null,
		},
	};
}
