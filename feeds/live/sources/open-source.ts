import { type NatsAccess, readNatsAccess } from '../../../kernel/bus/nats-access.ts';
import { ConfigError } from '../../../protocol/errors.ts';
import { parseDuration } from '../../../protocol/scenario/duration.ts';
import type { Feed } from '../../../protocol/scenario/feed.ts';
import { withoutSecrets } from '../../../protocol/urls.ts';
import type { FeedEnv, FeedWanted, LiveFeed } from '../feed.ts';
import type { Places } from './answer.ts';
import { csvTailFeed } from './csv-tail.ts';
import { httpJsonFeed } from './http-json.ts';
import { parseJsonPath } from './json-path.ts';
import { mqttLink, mqttLogin } from './mqtt-topic.ts';
import { natsLink } from './nats-subject.ts';
import { prometheusFeed } from './prometheus.ts';
import { pushedFeed } from './pushed.ts';
import { checkTimeKeys } from './readings.ts';
import { valueRule } from './values.ts';

/** The feeds that carry anything. */
export type SourceFeed = Extract<Feed, { type: 'prometheus' | 'http' | 'nats' | 'mqtt' | 'csv' }>;
const EVERY_MS_MIN = 1_000;

type Of<Type> = Extract<Feed, { type: Type }>;

/**
 * Opens a source that carries anything. Asks nobody yet.
 *
 * @throws ConfigError for keys that cannot be, and variables that are not set
 */
export function openSource(feed: SourceFeed, wanted: FeedWanted, env: FeedEnv): LiveFeed {
	const opened = open(feed, wanted, env);
	if (feed.every === null) return opened;
	// Whoever runs the source says how often it may be asked.
	const everyMs = Math.max(parseDuration(feed.every, 'every') / 1000, EVERY_MS_MIN);
	return { ...opened, everyMs };
}

function open(feed: SourceFeed, wanted: FeedWanted, env: FeedEnv): LiveFeed {
	const name = nameOf(feed);
	checkKind(name, feed, wanted);
	const { quantity } = wanted;
	if (feed.type === 'csv')
		return csvTailFeed({
			...{ name, quantity, env, path: feed.path, keys: feed, quietMs: quietMsOf(feed, env) },
		});
	const about = { name, quantity, rule: valueRule(name, quantity, feed) };
	switch (feed.type) {
		case 'prometheus':
			return prometheusFeed(about, { ...feed, ...stepsOf(feed) }, env);
		case 'http':
			return httpJsonFeed(about, placesOf(name, feed), feed, env);
		case 'nats': {
			const { subject } = feed;
			const access = natsAccess(name, feed, env);
			const from = `nats:${subject}`;
			return pushedFeed({
				...{ about: { ...about, from }, places: placesOf(name, feed), times: feed, env },
				quietMs: quietMsOf(feed, env),
				connect: (receive) => natsLink(access, subject, receive),
			});
		}
		case 'mqtt': {
			const login = mqttLogin(feed.auth, env, name);
			const options = { name, keys: feed, login, timeoutMs: env.timeoutMs };
			const from = `${withoutSecrets(feed.url)}/${feed.topic}`;
			return pushedFeed({
				...{ about: { ...about, from }, places: placesOf(name, feed), times: feed, env },
				quietMs: quietMsOf(feed, env),
				connect: (receive) => mqttLink(options, receive),
			});
		}
	}
}

function nameOf(feed: SourceFeed): string {
	switch (feed.type) {
		case 'prometheus':
			return `Prometheus query "${feed.query}"`;
		case 'http':
			return `"${feed.url}"`;
		case 'nats':
			return `NATS subject "${feed.subject}"`;
		case 'mqtt':
			return `MQTT topic "${feed.topic}"`;
		case 'csv':
			return `"${feed.path}"`;
	}
}

/** Values of anybody say themselves whether they are average or marginal: nothing else does. */
function checkKind(name: string, { kind }: SourceFeed, { quantity }: FeedWanted): void {
	const wanted =
		quantity === 'carbon' ? 'average' : quantity === 'marginal-carbon' ? 'marginal' : null;
	if (wanted === kind) return;
	const refuse = (reason: string): never => {
		throw new ConfigError(`Cannot use ${name} as ${quantity}: ${reason}`);
	};
	if (wanted === null) refuse('kind is of intensities alone');
	if (kind === null)
		refuse(`it does not say which intensity it gives; say kind: ${wanted}, if it is`);
	refuse(`its kind is ${kind}`);
}

function placesOf(
	name: string,
	feed: Extract<SourceFeed, { readonly value: string | null }>,
): Places {
	checkTimeKeys(name, feed.time, feed);
	if (feed.time !== null && feed.value === null)
		throw new ConfigError(`Cannot use ${name}: it has time and no value; say where the value is`);
	const place = (text: string | null, key: string) =>
		text === null ? null : { text, path: parseJsonPath(text, `${key} of ${name}`) };
	return { value: place(feed.value, 'value'), time: place(feed.time, 'time') };
}

/** The server that the scenario names, else that of the environment; the login is always of the environment. */
function natsAccess(name: string, { server }: Of<'nats'>, { keys }: FeedEnv): NatsAccess {
	if (server !== null) return readNatsAccess({ ...keys, NATS_URL: server });
	if (!keys['NATS_URL'] && !keys['NATS_CONTEXT'])
		throw new ConfigError(
			`Cannot use ${name}: it names no server and NATS_URL is not set; give one of them`,
		);
	return readNatsAccess(keys);
}

function stepsOf({ range, step }: Of<'prometheus'>): { rangeMs: number | null; stepMs: number } {
	const rangeMs = range === null ? null : parseDuration(range, 'range') / 1000;
	return { rangeMs, stepMs: parseDuration(step, 'step') / 1000 };
}

/** Who speaks every minute has not fallen silent after half of one. */
function quietMsOf({ every }: SourceFeed, { timeoutMs }: FeedEnv): number {
	return Math.max(timeoutMs, every === null ? 0 : (3 * parseDuration(every, 'every')) / 1000);
}
