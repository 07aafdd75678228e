import type { Outputs } from '../../kernel/actor/contract.ts';
import { CHANGED_PORT } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';
import { changesLengths, type RouterConfig } from './config.ts';
import type { GeneratorState } from './generator.ts';
import { siteOfReplica } from './geo.ts';

/** The ports on which changed requests are reported: one, or one for each site. */
export function changedPorts(config: RouterConfig): PortSpec[] {
	if (!changesLengths(config)) return [];
	const { geo } = config;
	return geo === undefined
		? [CHANGED_PORT]
		: geo.sites.map(({ name }) => ({ ...CHANGED_PORT, name: `${CHANGED_PORT.name}-${name}` }));
}

/** A request that is not sent as its source has it, as a row of `CHANGED_PORT`; null for others. */
export function changeOf(request: GeneratorState): number[] | null {
	const { issued, isLeftOut, askedPrefill, askedDecode, prefillTokens, decodeTokens } = request;
	if (askedPrefill === prefillTokens && askedDecode === decodeTokens) return null;
	const id = isLeftOut ? Number.NaN : issued;
	return [id, askedPrefill, askedDecode, prefillTokens, decodeTokens];
}

/** Tells the recorder of the site where a changed request goes; of one that is left out the first site's. */
export function changeTeller(
	config: RouterConfig,
	outputs: readonly PortSpec[],
): (ports: Outputs, timeUs: SimTime, change: { row: number[] | null; replica: number }) => void {
	const first = outputs.findIndex(({ name }) => name.startsWith(CHANGED_PORT.name));
	const { geo, replicas } = config;
	const siteOf = geo === undefined ? null : siteOfReplica(replicas, geo);
	return (ports, timeUs, { row, replica }) => {
		if (row !== null && first >= 0) ports[first + (siteOf?.[replica] ?? 0)]?.append(timeUs, row);
	};
}
