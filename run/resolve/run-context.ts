import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { Network } from './network.ts';
import type { Frame } from './plan.ts';
import type { SiteContext } from './site-cast.ts';

/** A run: its sites and, where there are several, the network between them and those who ask. */
export interface RunContext {
	readonly scenario: Scenario;
	readonly frame: Frame;
	readonly sites: readonly SiteContext[];
	/** null: one site, to which there is no way. */
	readonly network: Network | null;
	/** Somebody sees it from outside while it goes on. */
	readonly isServed: boolean;
	/** Where requests from outside are read that came in a run before; null: they are logged in the run folder. */
	readonly arrivalsLog: string | null;
}
