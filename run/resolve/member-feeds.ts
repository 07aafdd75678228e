import type { Followed, FollowedFeeds } from '../../feeds/signal/followed.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { WantedFeed } from '../../services/declaration.ts';
import { declaredIn } from './declared.ts';
import { resolveFeed } from './followed.ts';
import { knownLoads } from './load-config.ts';
import type { Frame } from './plan.ts';
import { siteNames } from './site-names.ts';

/** A feed that somebody of a site follows, beside its signals. */
interface MemberFeed extends WantedFeed {
	/** Who, for people. */
	readonly who: string;
}

/**
 * Makes explicit what members of a site follow, and the air outside. Nobody is asked.
 *
 * @param say receives where each is from, in a line
 * @throws ConfigError for one that does not give what is wanted of it
 */
export async function memberFeeds(
	scenario: Scenario,
	frame: Frame,
	say: (line: string) => void,
): Promise<FollowedFeeds> {
	const found = new Map<Feed, Followed>();
	for (const { who, feed, quantity, ...about } of wantedIn(scenario, frame)) {
		const { followed, describe } = await resolveFeed(feed, quantity, frame, about);
		found.set(feed, followed);
		say(`${who}: ${quantity} of ${describe}`);
	}
	return found;
}

function wantedIn(scenario: Scenario, frame: Frame): MemberFeed[] {
	const outdoor = ownOutdoorFeed(scenario);
	return [
		...knownLoads(scenario).flatMap((load): MemberFeed[] => {
			if (load.type !== 'feed') return [];
			const { name, feed, profile } = load;
			const about = { where: `loads.${name}`, hasProfile: profile !== null };
			return [{ who: name, feed, quantity: 'power', ...about }];
		}),
		...declaredIn(scenario).flatMap(({ declaration, item }) =>
			declaration.feeds(item).map((wanted) => ({ ...wanted, who: item.name })),
		),
		...(outdoor === null
			? []
			: [
					{
						...{ who: siteNames(frame).air, feed: outdoor, quantity: 'temperature' as const },
						...{ where: 'serving.pue', hasProfile: true },
					},
				]),
	];
}

/** @throws ConfigError where a module reports it too */
function ownOutdoorFeed({ serving }: Scenario): Feed | null {
	if (typeof serving?.pue !== 'object' || serving.pue.feed === null) return null;
	if (serving.pue.outdoor !== undefined)
		throw new ConfigError(
			'Cannot follow "serving.pue.feed" beside "serving.pue.outdoor": both report the temperature outside; drop one',
		);
	return serving.pue.feed;
}

/** The feed that the temperature outside is of: its own, else that of the first plant that has one; null: none. */
export function outdoorFeed(scenario: Scenario): Feed | null {
	const [ofPlant] = declaredIn(scenario).flatMap(({ declaration, item }) =>
		declaration.feeds(item).filter(({ quantity }) => quantity === 'temperature'),
	);
	return ownOutdoorFeed(scenario) ?? ofPlant?.feed ?? null;
}
