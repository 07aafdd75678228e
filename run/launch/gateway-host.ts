import type { Outside } from '../../kernel/actor/contract.ts';
import { beHost, type HostTicket } from '../../kernel/host/process.ts';
import { messageOf } from '../../protocol/errors.ts';
import { KIND_NAMES, kindsWith } from '../../services/kinds.ts';
import type { ChildHost } from './child-host.ts';

/**
 * Starts the host of actors that meet what is outside the run, in this process: to the run it is as any other, with
 * connections of its own, and it can be replaced.
 */
export function startGatewayHost(
	host: string,
	outside: Outside | undefined,
	{ run, ...ticket }: HostTicket & { readonly run: string },
): ChildHost {
	const life = new AbortController();
	const place = { run, host, kinds: KIND_NAMES, kindsWith, signal: life.signal };
	const ended = beHost(outside === undefined ? place : { ...place, outside }, ticket).then(
		() => 'it ended',
		(error: unknown) => messageOf(error),
	);
	return {
		...{ host, pid: process.pid, ended },
		// A question that it does not answer waits in this very process.
		isAtWork: () => true,
		kill: () => life.abort(),
	};
}
