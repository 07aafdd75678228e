import type { HostTicket } from '../../kernel/host/process.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import { followersOf } from '../resolve/first-answers.ts';

/**
 * What the feeds of a host on NATS subjects need to log in: the variables of ours that processes which we start do not get in their
 * environment. Nothing for a host without such feeds.
 */
export function feedKeysOf(
	roster: readonly RosterEntry[],
	host: string,
	env: Readonly<Record<string, string | undefined>> = process.env,
): Pick<HostTicket, 'feedKeys'> {
	const followers = followersOf(roster.filter((entry) => entry.host === host));
	if (followers.every(({ followed }) => followed.feed.type !== 'nats')) return {};
	const known = Object.entries(env).flatMap(([name, value]) =>
		/^NATS_/.test(name) && value !== undefined ? [[name, value] as const] : [],
	);
	return { feedKeys: Object.fromEntries(known) };
}
