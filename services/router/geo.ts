import type { ActorEnv, InputSpec, Outputs } from '../../kernel/actor/contract.ts';
import {
	COMPLETED_PORT,
	PREFIX_PORT,
	PRICE_PORT,
	REQUEST_FIELDS,
	ROUTED_PORT,
	SIGNAL_PORT,
	SUPPLY_PORT,
} from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import { type RouterConfig, tellsPrefixes } from './config.ts';
import type { GeoConfig } from './geo-config.ts';
import { StoredStream } from './stored-stream.ts';

/** Wired only where a policy requires it; the choice of a site may ask for the last three. */
export const ROUTER_INPUTS: readonly InputSpec[] = [
	COMPLETED_PORT,
	SIGNAL_PORT,
	PRICE_PORT,
	SUPPLY_PORT,
].map((port) => ({ ...port, optional: true }));

/** The end of the names of an origin's ports; nothing where there is one only. */
export function fromOrigin(origins: readonly { readonly name: string }[], index: number): string {
	return origins.length < 2 ? '' : `-from-${origins[index]?.name}`;
}

/**
 * A port `to-<replica>` for each replica, then `prefix-<replica>` where prompts have something in common; both
 * once for each origin, so that a wire has one latency. Then `changed`, and `routed-<site>`.
 */
export function routerOutputs(config: RouterConfig, changed: readonly PortSpec[] = []): PortSpec[] {
	const { replicas, geo } = config;
	const origins = geo?.origins ?? [];
	const suffixes = origins.length < 2 ? [''] : origins.map((_, i) => fromOrigin(origins, i));
	const ports = (make: (replica: string, suffix: string) => PortSpec) =>
		suffixes.flatMap((suffix) => replicas.map((replica) => make(replica, suffix)));
	return [
		...ports((replica, suffix) => ({
			name: `to-${replica}${suffix}`,
			kind: 'event',
			fields: [...REQUEST_FIELDS],
		})),
		...(!tellsPrefixes(config)
			? []
			: ports((replica, suffix) => ({ ...PREFIX_PORT, name: `prefix-${replica}${suffix}` }))),
		...changed,
		...(geo?.sites ?? []).map(({ name }): PortSpec => ({ ...ROUTED_PORT, name: `routed-${name}` })),
	];
}

/** The site of each replica, by their places in the configuration. */
export function siteOfReplica(replicas: readonly string[], geo: GeoConfig): number[] {
	return replicas.map((name) => geo.sites.findIndex((site) => site.replicas.includes(name)));
}

/** Where requests come from, and what is reported of their ways. */
export class Origins {
	readonly #geo: GeoConfig;
	readonly #siteOf: readonly number[];
	readonly #firstRouted: number;
	readonly #untilShare: readonly number[];
	readonly #stream = new StoredStream();
	readonly #start: readonly number[];

	constructor(config: RouterConfig, geo: GeoConfig, env: ActorEnv, ports: number) {
		this.#geo = geo;
		this.#siteOf = siteOfReplica(config.replicas, geo);
		this.#firstRouted = ports - geo.sites.length;
		let sum = 0;
		this.#untilShare = geo.origins.map(({ share }) => {
			sum += share;
			return sum;
		});
		this.#start = env.random('origins').state();
	}

	init(): readonly number[] {
		return this.#start;
	}

	/** Draws the origin of the next request, with a chance in proportion to its share. */
	draw(state: { origins: readonly number[] }): number {
		const last = this.#untilShare.length - 1;
		if (last === 0) return 0;
		const at = this.#stream.at(state.origins).uniform() * (this.#untilShare[last] as number);
		state.origins = this.#stream.position();
		const found = this.#untilShare.findIndex((until) => at < until);
		return found === -1 ? last : found;
	}

	/** How long a request is on its way, s. */
	wayS({ origin, replica }: { readonly origin: number; readonly replica: number }): number {
		const site = this.#siteOf[replica] as number;
		return (this.#geo.latencyUs[origin]?.[site] as number) / SECOND_US;
	}

	/** Tells the recorder of a request's way. */
	tell(ports: Outputs, timeUs: SimTime, request: { id: number; origin: number; replica: number }) {
		const site = this.#siteOf[request.replica] as number;
		const wayUs = this.#geo.latencyUs[request.origin]?.[site] as number;
		const row = [request.id, request.origin, (2 * wayUs) / SECOND_US];
		ports[this.#firstRouted + site]?.append(timeUs, row);
	}
}
