import type { Remark } from '../../protocol/remark.ts';
import { type ResolvedCarbon, resolveCarbon, resolveMarginal } from './carbon-source.ts';
import { type ResolvedExports, resolveExports } from './export-price.ts';
import { resolveForecasts, type SiteForecasts } from './forecast-source.ts';
import { type ResolvedPrice, resolvePrice } from './price-source.ts';
import type { SitePlan } from './sites.ts';

/** A site's signals, made explicit, and what is known of them in advance. */
export interface ResolvedSignals {
	readonly carbon: ResolvedCarbon | null;
	readonly marginal: ResolvedCarbon | null;
	readonly price: ResolvedPrice | null;
	/** What exports earn. */
	readonly exports: ResolvedExports | null;
	readonly forecasts: SiteForecasts | null;
	/** What there is to know of their values. */
	readonly remarks: readonly Remark[];
}

/**
 * Makes a site's signals explicit before the run.
 *
 * @param say receives where each is from, in a line
 * @throws ConfigError for whatever cannot be had
 */
export async function resolveSignals(
	{ name, scenario, frame }: SitePlan,
	nowEpochMs: number,
	say: (line: string) => void,
): Promise<ResolvedSignals> {
	const carbon = await resolveCarbon(scenario.carbon, frame, nowEpochMs);
	const marginal = await resolveMarginal(scenario.marginalCarbon, carbon, frame);
	const price = await resolvePrice(scenario.price, frame);
	const exports = await resolveExports(scenario, price, frame);
	const forecasts = resolveForecasts(scenario, frame, { carbon, marginal, price });
	const of = name === null ? '' : ` of ${name}`;
	if (carbon !== null) say(`carbon${of}: ${carbon.origin.source}`);
	if (marginal !== null) say(`marginal carbon${of}: ${marginal.origin.source}`);
	if (price !== null && price.describe !== null) say(`price${of}: ${price.describe}`);
	if (exports !== null && exports.describe !== null)
		say(`pay for exports${of}: ${exports.describe}`);
	for (const [signal, forecast] of Object.entries(forecasts ?? {}))
		if (forecast !== null) say(`forecast of ${signal}${of}: ${forecast.describe}`);
	const notes = { carbon, 'marginal carbon': marginal, price, exports };
	const remarks = Object.entries(notes).flatMap(([what, signal]) =>
		(signal?.notes ?? []).map((one) => ({ of: `${what}${of}`, ...one })),
	);
	return { carbon, marginal, price, exports, forecasts, remarks };
}
