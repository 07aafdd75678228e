import { ConfigError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { ControllerConfig } from '../../services/controller/config.ts';
import { startReading } from '../../services/own/make.ts';
import { elsewhereConfig, elsewhereWires, type SitePorts } from './external-cast.ts';
import type { OwnActor, SignalPort } from './own-actor.ts';
import type { SiteSignals } from './signal-cast.ts';
import { siteNames } from './site-names.ts';
import { wire } from './wire.ts';

/** How actors of the user's take part in a site. */

type OwnSite = SiteSignals & { readonly own: readonly OwnActor[] };

/** Roster entries of all actors of the user’s at a site; whoever places actors adds the host. */
export function ownEntries({ own }: OwnSite, ports: SitePorts): Omit<RosterEntry, 'host'>[] {
	return own.map(({ name, kind, role, runs }) =>
		runs.by === 'module'
			? { name, kind: 'own', config: runs.config }
			: { name, kind, config: elsewhereConfig({ name, role, runs }, ports) },
	);
}

/** Those whose power enters the balance. */
export function ownMembers({ own }: OwnSite): string[] {
	return own.flatMap(({ name, role }) => (role === 'member' ? [name] : []));
}

/** Stores after the batteries, in merit order. */
export function ownStores({ own }: OwnSite): ControllerConfig['batteries'] {
	return own.flatMap(({ name, start }) =>
		start === null ? [] : [{ name, capacityWh: start.capacityWh }],
	);
}

/** Between stores of the user's and the controller, and from the site's signals to those that read them. */
export function ownWires(site: OwnSite, ports: SitePorts): Wire[] {
	const { own, frame } = site;
	const { controller } = siteNames(frame);
	return own.flatMap(({ name, role, start, runs }) => [
		...(start === null
			? []
			: [
					wire(`${controller}.setpoint-${name}`, `${name}.setpoint`),
					wire(`${name}.state`, `${controller}.battery`, frame.stepUs, startReading(start)),
				]),
		...(runs.by === 'module'
			? runs.reads.map((port) => wire(`${sourceOf(site, port, name)}.${port}`, `${name}.${port}`))
			: elsewhereWires({ name, role, runs }, ports)),
	]);
}

/** @throws ConfigError for a signal that the site does not have */
function sourceOf(site: OwnSite, port: SignalPort, reader: string): string {
	const names = siteNames(site.frame);
	if (reader === (port === 'signal' ? names.carbon : names.price))
		throw new ConfigError(`Cannot run "${reader}": it reads "${port}", which is what it reports`);
	if (port === 'signal' && site.carbon !== null) return names.carbon;
	if (port === 'price' && site.price !== null) return names.price;
	throw new ConfigError(
		`Cannot run "${reader}": it reads "${port}" and the scenario has no ${port === 'signal' ? 'carbon' : 'price'}; add one`,
	);
}
