import type { WireInput } from '../../kernel/actor/contract.ts';
import type { RecorderConfig } from './config.ts';

/** How a run goes, for a progress bar. Absent things are null; powers are production +, consumption -. */
export type Progress = {
	readonly loadW: number;
	/** Export +, import -. */
	readonly gridW: number;
	/** Plain mean over the batteries. */
	readonly soc: number | null;
	/** The first grid signal whose name begins with "carbon". */
	readonly carbonIntensityGPerKwh: number | null;
	readonly requestsCompleted: number;
	/** The power of producers, by the keys of the configuration. */
	readonly [producers: `${string}W`]: number | null;
};

/** Reads a progress off the current row of the books. */
export function progressOf(
	config: RecorderConfig,
): (books: WireInput, requestsCompleted: number) => Progress {
	const names = config.books.map(({ name }) => name);
	const powers = (actors: readonly string[]): number[] =>
		actors.map((actor) => names.indexOf(`actor_states.${actor}.power`)).filter((i) => i !== -1);
	const loads = powers(config.loadNames);
	const producers = config.producers.map(
		({ key, names: actors }) => [key, powers(actors)] as const,
	);
	const grid = names.indexOf('p_grid');
	const socs = names.flatMap((name, i) => (/^dispatch_states\..*\.soc$/.test(name) ? [i] : []));
	const carbon = names.findIndex((name) => /^grid_signals\.(carbon|.+-carbon$)/.test(name));
	return (books, requestsCompleted) => {
		const sum = (fields: readonly number[]): number =>
			fields.reduce((total, field) => total + books.value(field), 0);
		return {
			loadW: sum(loads),
			...Object.fromEntries(producers.map(([key, fields]) => [key, sum(fields)])),
			gridW: grid === -1 ? 0 : books.value(grid),
			soc: socs.length === 0 ? null : sum(socs) / socs.length,
			carbonIntensityGPerKwh: carbon === -1 ? null : books.value(carbon),
			requestsCompleted,
		};
	};
}
