import { PLANT } from '../../feeds/signal/trace-unit.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import type { KindDeclaration, WantedFeed } from '../declaration.ts';
import type { SolarConfig } from './config.ts';
import { skyOrigin } from './locations.ts';
import { fileSkyConfig, solarConfig } from './plant-config.ts';
import { WEATHER } from './port.ts';
import { powerLimits, solarLimits } from './power-limits.ts';
import { Solar } from './section.ts';

/** The light first, then temperature and wind. */
function feedsOf({ peakPowerW, sky }: Solar): readonly WantedFeed[] {
	if (sky.type !== 'feed') return [];
	const { feed, gives, temperature, wind, profile } = sky;
	const air = { hasProfile: true };
	return [
		{
			...{ feed, quantity: gives, where: 'solar.sky', hasProfile: profile !== null },
			...(gives === 'power' ? { bounds: powerLimits(peakPowerW, 'W') } : {}),
		},
		...(temperature === null
			? []
			: [
					{
						...{ feed: temperature, quantity: 'temperature' as const, ...air },
						where: 'solar.sky.temperature',
					},
				]),
		...(wind === null
			? []
			: [{ feed: wind, quantity: 'wind-speed' as const, where: 'solar.sky.wind', ...air }]),
	];
}

/** Photovoltaic plants. */
export const solarDeclaration = {
	kind: 'solar',
	role: 'producer',
	isUsual: true,
	section: {
		key: 'solar' as const,
		schema: Solar,
		about: 'Photovoltaic plants ([solar](solar.md)); []: none',
		byDefault: [{}],
	},
	flags: [
		{ flags: '--solar <watts>', key: 'solar.0.peakPowerW', help: 'installed solar peak power' },
	],
	config: solarConfig,
	feeds: feedsOf,
	signal: ({ sky }) => `${sky.type} sky`,
	summary: (plants) => `${plants.reduce((sum, { peakPowerW }) => sum + peakPowerW, 0)} W solar`,
	sources: ({ name, sky }, { location, feeds }) => [
		{ what: name, origin: skyOrigin(sky, location, feeds) },
	],
	guessed({ sky }) {
		if (sky.type === 'file') return null;
		const isLive = (what: 'temperature' | 'wind') => sky.type === 'feed' && sky[what] !== null;
		const clouds = sky.type === 'feed' ? sky.profile : sky;
		const guesses = [
			...(isLive('temperature') ? [] : ['temperatures by latitude']),
			...(isLive('wind') ? [] : ['wind 3 m/s']),
			...(clouds?.type === 'stochastic'
				? ['clouds as on average in ten cities (light of a year within 30 % of theirs)']
				: []),
		];
		return guesses.length === 0 ? null : guesses.join(', ');
	},
	traces: ({ sky }) => (sky.type === 'trace' ? [{ keys: sky, wanted: PLANT }] : []),
	limits: (config) => solarLimits(config as SolarConfig),
	weather: ({ sky }, frame) =>
		sky.type === 'file'
			? { file: fileSkyConfig(sky, frame), origin: skyOrigin(sky, frame.location, new Map()) }
			: null,
	// A weather file is read as the actor will read it: format, place, gaps and coverage are checked.
	async check(config) {
		const plant = config as SolarConfig;
		if (plant.sky.type !== 'file') return [];
		const { skySource } = await import('./skies.ts');
		return skySource(plant, (purpose) => namedPrng(purpose)).notes?.() ?? [];
	},
	table: WEATHER,
	shown: { noun: 'sun', adjective: 'solar', color: 'solar', onWhite: '#e69f00' },
} satisfies KindDeclaration<Solar>;
