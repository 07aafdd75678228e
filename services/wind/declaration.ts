import { type FollowedFeeds, followedFeed } from '../../feeds/signal/followed.ts';
import { inCalendar } from '../../feeds/signal/in-calendar.ts';
import { type Limits, roundedValue } from '../../feeds/signal/limits.ts';
import { traceUnit, type Wanted } from '../../feeds/signal/trace-unit.ts';
import type { KindDeclaration, KindFrame } from '../declaration.ts';
import type { WindConfig } from './config.ts';
import { curveOrigin, windOrigin } from './origin.ts';
import { WIND } from './port.ts';
import { Wind } from './section.ts';

/** What a trace of wind speeds may be given in. */
const SPEED: Wanted = {
	what: 'wind speed',
	dimensions: ['speed'],
	byDefault: 'm/s',
	example: 'm/s',
};

/** The fastest wind that a mean over a step can be, m/s. */
const MOST_WIND_MS = 100;

const LIMITS: Limits = {
	...{ what: 'wind speed', least: 0, most: MOST_WIND_MS, belowZero: null },
	say: (written, taken) =>
		taken < 0
			? `${written}; a speed is 0 or more`
			: `${written}, so ${roundedValue(taken)} m/s, more than any wind; say the unit of the file (unit: km/h)`,
};

/** A wind turbine at the run's location; its wind has the location's monthly means unless the scenario has others. */
function windConfig(wind: Wind, frame: KindFrame, feeds: FollowedFeeds): WindConfig {
	const { stepUs, startEpochMs, location } = frame;
	const { name: _, speed, ...turbine } = wind;
	return {
		...turbine,
		stepUs,
		startEpochMs,
		longitude: location.longitude,
		altitudeM: location.altitudeM,
		airMeanC: [...location.climate.airMeanC],
		source: sourceConfig(speed, frame, feeds),
	};
}

type KnownSpeed = Extract<Wind['speed'], { type: 'stochastic' | 'constant' }>;

function knownSource(speed: KnownSpeed, { location }: KindFrame) {
	if (speed.type === 'constant') return speed;
	return { ...speed, meanMs: speed.meanMs ?? [...location.climate.windMs] };
}

function sourceConfig(
	speed: Wind['speed'],
	frame: KindFrame,
	feeds: FollowedFeeds,
): WindConfig['source'] {
	switch (speed.type) {
		case 'constant':
		case 'stochastic':
			return knownSource(speed, frame);
		case 'feed': {
			const { type, feed, profile } = speed;
			const fallback = profile === null ? null : knownSource(profile, frame);
			return { type, followed: followedFeed(feeds, feed), fallback };
		}
		case 'trace': {
			const { unit: _unit, ...trace } = speed;
			return inCalendar({ ...trace, scale: traceUnit(speed, SPEED).scale }, frame);
		}
	}
}

/** Wind turbines. */
export const windDeclaration = {
	kind: 'wind',
	role: 'producer',
	section: {
		key: 'wind' as const,
		schema: Wind,
		about: 'Wind turbines ([wind](wind.md)); []: none',
		byDefault: [],
	},
	flags: [
		{
			flags: '--wind <watts>',
			key: 'wind.0.ratedPowerW',
			help: 'a wind turbine of this rated power',
		},
	],
	config: windConfig,
	feeds({ speed }) {
		if (speed.type !== 'feed') return [];
		const { feed, profile } = speed;
		const about = { where: 'wind.speed', hasProfile: profile !== null };
		return [{ feed, quantity: 'wind-speed', ...about }];
	},
	signal: ({ speed }) => `${speed.type} wind`,
	summary: (turbines) =>
		`${turbines.reduce((sum, { ratedPowerW }) => sum + ratedPowerW, 0)} W wind`,
	sources: ({ name, speed, powerCurve }, place) => [
		{ what: name, origin: windOrigin(speed, place) },
		{ what: `power curve of ${name}`, origin: curveOrigin(powerCurve) },
	],
	guessed({ speed }) {
		const known = speed.type === 'feed' ? speed.profile : speed;
		return known?.type === 'stochastic' && known.meanMs === undefined
			? 'mean wind 3 m/s (speed.meanMs says another)'
			: null;
	},
	traces: ({ speed }) => (speed.type === 'trace' ? [{ keys: speed, wanted: SPEED }] : []),
	limits: () => LIMITS,
	weather: () => null,
	check: async () => [],
	table: WIND,
	shown: { noun: 'wind', adjective: 'wind', color: 'wind', onWhite: '#56b4e9' },
} satisfies KindDeclaration<Wind>;
