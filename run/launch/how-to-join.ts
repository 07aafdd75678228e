import { KIND_NAMES } from '../../services/kinds.ts';
import type { Plan } from '../resolve/plan.ts';

/** Said where a run waits for workers on a server that others use, and no join key is set. */
export const ANYBODY_MAY_JOIN =
	'Anybody who may use this NATS server may take a place in the run: set GRIDBEAT_JOIN_KEY here and for the workers to know each other';

/** For whom the run waits, and what starts them. */
export function howToJoin(
	{ run, roster, external }: Plan,
	{ url, isPrivate }: { readonly url: string; readonly isPrivate: boolean },
): string {
	const awaited = roster.filter(({ host }) => external.has(host));
	const kindsOf = (isForeign: boolean) => [
		...new Set(
			awaited.map(({ kind }) => kind).filter((kind) => KIND_NAMES.includes(kind) !== isForeign),
		),
	];
	const [kinds, foreign] = [kindsOf(false), kindsOf(true)];
	const flags = [
		// A server of the run's own lets in workers of the same user alone, who find the login by the run.
		...(isPrivate ? ['--run', run] : []),
		...(kinds.every((kind) => kind === 'replica') ? [] : ['--kind', ...kinds]),
	].join(' ');
	const where = isPrivate ? '' : ` NATS_URL=${url}`;
	const ways = [
		...(kinds.length === 0 ? [] : [`make worker${where}${flags === '' ? '' : ` ARGS="${flags}"`}`]),
		...(foreign.length === 0
			? []
			: [
					`programs for ${foreign.join(', ')} with ${isPrivate ? `GRIDBEAT_RUN=${run}` : `NATS_URL=${url}`}`,
				]),
	];
	return `Waiting for ${[...external].join(', ')}: ${ways.join(', and ')}`;
}
