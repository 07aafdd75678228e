import type { FollowedFeeds } from '../feeds/signal/followed.ts';
import type { Limits } from '../feeds/signal/limits.ts';
import type { TraceKeys, Wanted } from '../feeds/signal/trace-unit.ts';
import type { Origin } from '../protocol/origin.ts';
import type { PortSpec } from '../protocol/readings.ts';
import type { Note } from '../protocol/remark.ts';
import type { Feed } from '../protocol/scenario/feed.ts';
import type { Section } from '../protocol/scenario/section.ts';
import type { FeedQuantity } from '../protocol/signals.ts';
import type { SimTime } from '../protocol/time.ts';
import type { Location } from './solar/location.ts';

/** When and where a run takes place, as far as a kind of actor has to know it. */
export interface KindFrame {
	readonly location: Location;
	/** What the names of the site's actors begin with; nothing where there is one site. */
	readonly prefix: string;
	readonly seed: string;
	/** Milliseconds since 1970, UTC. */
	readonly startEpochMs: number;
	readonly stepUs: SimTime;
	readonly untilUs: SimTime;
}

/** A feed that something in a scenario follows while the run goes on. */
export interface WantedFeed {
	readonly feed: Feed;
	readonly quantity: FeedQuantity;
	/** Where the scenario names it, such as `solar.sky.wind`. */
	readonly where: string;
	/** Whether something is known that holds without it. */
	readonly hasProfile: boolean;
	/** Between what its values lie, unless the scenario says otherwise; left out: as any of its quantity. */
	readonly bounds?: { readonly least: number; readonly most: number };
}

/** Where something is from that an actor computes with, and what it is. */
export interface KindSource {
	readonly what: string;
	readonly origin: Origin;
}

/**
 * What a kind of member of the microgrid says of itself. Scenario, flags, roster, checks, recorder, metadata, report and
 * documents take it from here; adding a kind is a folder with this, and a line in `kinds.ts` and `declared-kinds.ts` each.
 * It is loaded by every command: what is heavy stays in `kind.ts`, which only the processes load that run it.
 */
export interface KindDeclaration<
	Item extends { readonly name: string } = { readonly name: string },
> {
	/** Its name in `kinds.ts`, the key of its section in scenarios, and the stem of its keys in metadata and summaries. */
	readonly kind: string;
	/** Makes power, never draws any on average: its part of the report is that of a producer. */
	readonly role: 'producer';
	readonly section: Section<Item>;
	/** Flags of `gridbeat run`, each setting one key. */
	readonly flags: readonly {
		readonly flags: string;
		readonly key: string;
		readonly help: string;
	}[];
	/**
	 * The configuration of the actor of one.
	 *
	 * @param feeds those that `feeds` names of it
	 * @throws ConfigError for what the section's schema cannot see
	 */
	config(item: Item, frame: KindFrame, feeds: FollowedFeeds): unknown;
	/** The feeds that one follows. Its temperature is that of the air outside, too. */
	feeds(item: Item): readonly WantedFeed[];
	/** What one makes its power of, in a few words, for metadata.yaml. */
	signal(item: Item): string;
	/** All of a site in a few words, for the line that sums up a scenario. */
	summary(items: readonly Item[]): string;
	/** Where the figures of one are from. */
	sources(
		item: Item,
		place: {
			readonly location: Location;
			readonly climate: Origin;
			/** Those that `feeds` names of it. */
			readonly feeds: FollowedFeeds;
		},
	): readonly KindSource[];
	/** What of one rests on the latitude alone, in a place of which no statistics are known; null: nothing. */
	guessed(item: Item): string | null;
	/** The traces that one reads, and what they may be given in. */
	traces(item: Item): readonly { readonly keys: TraceKeys; readonly wanted: Wanted }[];
	/** What is plausible for the trace in a configuration; null: anything. */
	limits(config: unknown): Limits | null;
	/** A weather file that one reads, as the temperature outside takes it too (`AirConfig.file`); null: none. */
	weather(item: Item, frame: KindFrame): { readonly file: object; readonly origin: Origin } | null;
	/**
	 * Reads what the actor of a configuration will read, beside traces, before any process is started.
	 *
	 * @returns what there is to know of it
	 * @throws ConfigError naming the file and what is wrong with it
	 */
	check(config: unknown): Promise<readonly Note[]>;
	/** An output of the first one that becomes the table `<port>.csv`; null: none does. */
	readonly table: PortSpec | null;
	/** What it makes power of in a word, and its colour: of the page's style by name, and on white. */
	readonly shown: {
		readonly noun: string;
		/** Before "power" or "production". */
		readonly adjective: string;
		readonly color: string;
		readonly onWhite: string;
	};
	/**
	 * Every microgrid is expected to have it: it is shown where a scenario has none, and all production that no other kind
	 * claims is its own. Folders name the members of the other kinds only.
	 */
	readonly isUsual?: true;
}
