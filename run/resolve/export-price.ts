import { ConfigError } from '../../protocol/errors.ts';
import { given, type Origin } from '../../protocol/origin.ts';
import type { Note } from '../../protocol/remark.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { KnownPrice, PriceConfig } from '../../services/carbon/config.ts';
import type { Frame } from './plan.ts';
import { type ResolvedPrice, resolvePrice } from './price-source.ts';

/** What exports earn, made explicit. */
export interface ResolvedExports {
	readonly source: KnownPrice;
	/** What is made of the price of imports; null: the source is taken as it is. */
	readonly adjust: PriceConfig['adjust'] | null;
	readonly origin: Origin;
	/** null: nothing to say before the run. */
	readonly describe: string | null;
	readonly notes?: readonly Note[];
}

/**
 * Makes what exports earn explicit.
 *
 * @param price of imports
 * @throws ConfigError where it follows a price that is not known before the run, or is said twice
 */
export async function resolveExports(
	{ exportPrice, accounting, grid, policy }: Scenario,
	price: ResolvedPrice | null,
	frame: Frame,
): Promise<ResolvedExports | null> {
	checkSelling({ exportPrice, grid, policy });
	if (exportPrice === null) return null;
	if (accounting.exportUsdPerKwh !== null)
		throw new ConfigError(
			`Cannot use accounting.exportUsdPerKwh "${accounting.exportUsdPerKwh}" beside exportPrice: both say what exports earn; drop one`,
		);
	if (exportPrice.source === 'imports') return asImports(exportPrice, price);
	const found = (await resolvePrice(exportPrice, frame, 'exportPrice')) as ResolvedPrice;
	return { ...found, source: found.source as KnownPrice, adjust: null };
}

function asImports(
	{ factor, plusUsdPerKwh }: Extract<Scenario['exportPrice'], { source: 'imports' }>,
	price: ResolvedPrice | null,
): ResolvedExports {
	if (price === null)
		throw new ConfigError(
			'Cannot use exportPrice "imports": there is no price of imports; add price, or give exports one of their own',
		);
	const { source } = price;
	if (source.type === 'feed' || source.type === 'module')
		throw new ConfigError(
			`Cannot use exportPrice "imports": the price of imports comes from a ${source.type} while the run goes on; give exports a price of their own`,
		);
	const times = factor === 1 ? '' : `${factor} times `;
	const more =
		plusUsdPerKwh === 0
			? ''
			: ` ${plusUsdPerKwh < 0 ? 'less' : 'and'} ${Math.abs(plusUsdPerKwh)} USD/kWh`;
	const isSame = factor === 1 && plusUsdPerKwh === 0;
	return {
		source,
		adjust: isSame ? null : { factor, plusUsdPerKwh },
		origin: given(`${times}the price of imports${more}`),
		describe: null,
	};
}

/** Batteries that are to sell have to be allowed to, and to know what they look at. */
function checkSelling({
	exportPrice,
	grid,
	policy,
}: Pick<Scenario, 'exportPrice' | 'grid' | 'policy'>): void {
	const sell = 'sell' in policy ? policy.sell : null;
	if (sell === null) return;
	if (grid?.batteriesExport === false)
		throw new ConfigError(
			`Cannot use policy "${policy.type}" with sell: grid.batteriesExport is false; drop one of them`,
		);
	if (sell.aboveUsdPerKwh !== null && exportPrice === null)
		throw new ConfigError(
			`Cannot use policy "${policy.type}" with sell.aboveUsdPerKwh ${sell.aboveUsdPerKwh}: nothing says what exports earn by the hour; add exportPrice, or drop the key`,
		);
}
