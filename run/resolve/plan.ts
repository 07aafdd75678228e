import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DateTime, IANAZone } from 'luxon';
import { unknownZone } from '../../feeds/signal/zone-name.ts';
import { realFolder } from '../../kernel/files/open-below.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { OwnModule } from '../../protocol/own-module.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { Remark } from '../../protocol/remark.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { LiveTimes } from '../../protocol/signals.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { Placing } from '../../services/coordinator/places.ts';
import type { RecorderConfig } from '../../services/recorder/config.ts';
import type { Location } from '../../services/solar/location.ts';
import { findLocation, locationAt } from '../../services/solar/places.ts';
import type { ValueOrigins } from './value-origins.ts';

/** When and where a run takes place, in the units the actors use. */
export interface Frame {
	readonly location: Location;
	/** What the names of the actors begin with; nothing where there is one site. */
	readonly prefix: string;
	readonly startEpochMs: number;
	readonly stepUs: SimTime;
	readonly untilUs: SimTime;
	readonly windowUs: SimTime;
	readonly seed: string;
	/** Simulated seconds per second of clocks; null: as fast as possible. */
	readonly pace: number | null;
	/** Where the values of live feeds lie in simulated time. */
	readonly times: LiveTimes;
}

/** A scenario made ready to run. */
export interface Plan {
	readonly run: string;
	readonly folder: string;
	readonly scenario: Scenario;
	/** Where its values are from; left out: not known. */
	readonly origins?: ValueOrigins;
	readonly frame: Frame;
	readonly roster: readonly RosterEntry[];
	readonly wires: readonly Wire[];
	/** Hosts whose processes somebody else starts. */
	readonly external: ReadonlySet<string>;
	/** What workers must be to take those, and how many each takes. */
	readonly placing: Placing;
	/** Why actors share processes that nobody asked to share; null where none do. */
	readonly sharing: string | null;
	/** One line each on where the data come from. */
	readonly sources: readonly string[];
	/** What is done to the inputs of all sites, and what else there is to know of them. */
	readonly remarks: readonly Remark[];
	/** About how many requests come; left out: a run that goes on, of which nobody has to know it. */
	readonly requests?: number;
	/** What acts from the start on, such as the first answers of feeds; left out: nothing. */
	readonly commands?: readonly LoggedCommand[];
	/** Of the user, for the processes that run their actors. */
	readonly modules: readonly OwnModule[];
	/** Each with its own folder; null where the run has one site. */
	readonly sites: readonly PlannedSite[] | null;
}

/** A site as far as others than the roster need to know it. */
export interface PlannedSite {
	readonly scenario: Scenario;
	readonly frame: Frame;
	readonly folder: string;
	readonly metadata: RecorderConfig['metadata'];
}

/** A run that begins when it is started. */
const NOW = 'now';

/** What the scenario of a run says once it has begun: the time instead of `now`. */
export function begunAt(scenario: Scenario, { startEpochMs, location }: Frame): Scenario {
	if (scenario.start !== NOW) return scenario;
	const start = DateTime.fromMillis(startEpochMs, { zone: location.timeZone });
	return { ...scenario, start: start.toISO({ suppressMilliseconds: true }) ?? NOW };
}

/**
 * Turns the scenario's place and times into the units of the run.
 *
 * @param nowMs milliseconds since 1970
 * @throws ConfigError for unknown places, times that cannot be, and lengths that are not whole steps
 */
export function frameOf(scenario: Scenario, nowMs = Date.now()): Frame {
	const location = locationOf(scenario.location);
	const stepUs = parseDuration(scenario.step, 'the step');
	const untilUs = parseDuration(scenario.until, 'the length "until"');
	const windowUs = parseDuration(scenario.window, 'the window');
	if (untilUs % stepUs !== 0) {
		const below = Math.floor(untilUs / stepUs) * stepUs;
		throw new ConfigError(
			`Cannot run until ${formatSimTime(untilUs)} in steps of ${formatSimTime(stepUs)}: ` +
				`it is not a whole number of steps; use ${formatSimTime(below + stepUs)}` +
				`${below > 0 ? ` or ${formatSimTime(below)}` : ''}`,
		);
	}
	const pacedUs = scenario.pace === null ? windowUs : stepUs;
	return {
		location,
		prefix: '',
		startEpochMs:
			scenario.start === NOW
				? wholeBefore(nowMs, Math.min(stepUs / 1000, MINUTE_MS))
				: startOf(scenario.start, location.timeZone),
		stepUs,
		untilUs,
		windowUs: Math.max(stepUs, Math.round(pacedUs / stepUs) * stepUs),
		seed: String(scenario.seed),
		pace: scenario.pace,
		// Simulated time goes with that of clocks.
		times: scenario.start === NOW && scenario.pace === 1 ? 'own' : 'arrival',
	};
}

const MINUTE_MS = 60_000;

/** Runs that begin now begin at a whole step or minute. */
function wholeBefore(nowMs: number, lengthMs: number): number {
	return Math.floor(nowMs / lengthMs) * lengthMs;
}

/** The same times at another place. */
export function siteFrame(frame: Frame, place: Scenario['location'], prefix: string): Frame {
	return { ...frame, location: locationOf(place), prefix };
}

function locationOf(location: Scenario['location']): Location {
	if (typeof location === 'string') return findLocation(location);
	const { timezone, ...place } = location;
	if (timezone !== undefined && !IANAZone.isValidZone(timezone)) {
		throw new ConfigError(unknownZone(timezone));
	}
	return locationAt({ ...place, timeZone: timezone });
}

function startOf(text: string, timezone: string): number {
	const start = DateTime.fromISO(text, { zone: timezone });
	if (!start.isValid) {
		throw new ConfigError(
			`Cannot use start "${text}": there is no such time; give a local time such as 2024-06-20T00:00, or now`,
		);
	}
	return start.toMillis();
}

/**
 * The run's id: its name, the moment it was made, so that runs sort by time, and 32 bits of chance: in containers
 * processes have the same numbers. No result depends on it.
 */
export function runId(scenario: Scenario, nowMs: number): string {
	const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
	return `${scenario.name}-${stamp}-${randomBytes(4).toString('hex')}`;
}

/** The folder of a run, as a real path: where links lead is settled before the run. */
export function runFolder(run: string, out: string | undefined): string {
	return realFolder(out ?? join('runs', run));
}

/** What locks of runs begin with; others hold a folder for a moment only. */
export const RUN_LOCK_PREFIX = 'run ';

/** What the lock of a run's folder says. */
export function lockName(run: string): string {
	return `${RUN_LOCK_PREFIX}${run}`;
}
