import type { Followed } from '../../feeds/signal/followed.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { type MemberFeeds, resolveFeed } from './followed.ts';
import { knownLoads } from './load-config.ts';
import type { Frame } from './plan.ts';

/**
 * Makes them explicit. Nobody is asked.
 *
 * @param say receives where each is from, in a line
 * @throws ConfigError for one that does not give what is wanted of it
 */
export async function memberFeeds(
	scenario: Scenario,
	frame: Frame,
	say: (line: string) => void,
): Promise<MemberFeeds> {
	const found = new Map<Feed, Followed>();
	for (const load of knownLoads(scenario)) {
		if (load.type !== 'feed') continue;
		const about = { where: `loads.${load.name}`, hasProfile: load.profile !== null };
		const { followed, describe } = await resolveFeed(load.feed, 'power', frame, about);
		found.set(load.feed, followed);
		say(`${load.name}: power of ${describe}`);
	}
	return found;
}
