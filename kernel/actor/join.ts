import { decode, encode } from '../../protocol/codec.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Challenge, Hello, Refused, Welcome } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import { type Bus, NoResponderError, RequestTimeoutError } from '../bus/bus.ts';
import { Exchange, type Key } from '../bus/keys.ts';
import { Seal } from '../bus/seal.ts';

const HELLO_TIMEOUT_MS = 10_000;

/** Who says hello; the rest of a Hello is made for each. */
export type Applicant = Omit<Hello, 'publicKey' | 'challenge'>;

export interface JoinOptions {
	/** Where to say hello: a run's own subject, or the one for workers that take any run. */
	readonly subject: string;
	/** Shows each side that the other belongs to the run: a place key or a join secret. */
	readonly secret: Key;
	/** False: the secret is one that everybody knows. Then a refusal for good, as of another version, is believed without a seal. */
	readonly isSecret: boolean;
	/** Waits between two attempts, and decides how many there are: false ends them. */
	readonly again: (reason: string) => Promise<boolean>;
	/** Told of answers that do not have the secret: they count for nothing, but people should know of them. */
	readonly heard?: (reason: string) => void;
}

/** A place in a run. */
export interface Joined {
	readonly welcome: Welcome;
	/** Seals the messages of the run; null where nobody else uses the server. */
	readonly messageKey: Key | null;
}

type Answer = Welcome | Refused | Challenge;

/**
 * Says hello until a coordinator that has the secret has a place for this host.
 *
 * @throws ConfigError if it is refused for good, or `again` gives up
 */
export async function joinRun(bus: Bus, who: Applicant, options: JoinOptions): Promise<Joined> {
	const seal = new Seal(options.secret);
	for (;;) {
		let reason: string;
		try {
			const answer = await introduce(bus, who, seal, options);
			if (answer.type === 'joined') return answer;
			reason = answer.reason;
			if (!answer.retry) throw new ConfigError(`Cannot join the run as "${who.host}": ${reason}`);
		} catch (error) {
			if (error instanceof NoResponderError) reason = 'no run is waiting';
			else if (error instanceof RequestTimeoutError) reason = 'no answer to its hello';
			else throw error;
		}
		if (!(await options.again(reason))) {
			throw new ConfigError(`Cannot join a run as "${who.host}": ${reason}`);
		}
	}
}

/** One hello, and one more if a nonce is asked for. */
async function introduce(
	bus: Bus,
	who: Applicant,
	seal: Seal,
	options: JoinOptions,
): Promise<(Joined & { readonly type: 'joined' }) | Refused> {
	const exchange = new Exchange();
	const hello: Hello = { ...who, publicKey: exchange.publicKey, challenge: null };
	let answer = await ask(bus, hello, seal, options);
	if (answer.type === 'challenge') {
		const there = { ...options, subject: runSubjects(answer.run).hello };
		answer = await ask(bus, { ...hello, challenge: answer.nonce }, seal, there);
	}
	if (answer.type === 'challenge')
		return { type: 'refused', reason: 'another run began meanwhile', retry: true };
	if (answer.type === 'refused') return answer;
	const { messageKey: wrapped } = answer;
	const messageKey = wrapped === null ? null : exchange.unwrap(wrapped, options.secret);
	return { type: 'joined', welcome: answer, messageKey };
}

/** The first answer that has the seal of the secret. */
async function ask(
	bus: Bus,
	hello: Hello,
	seal: Seal,
	{ subject, isSecret, heard }: JoinOptions,
): Promise<Answer> {
	const { bytes, tag } = seal.closeTagged(subject, encode(hello));
	let taken: Answer | null = null;
	const open = seal.answerOpener(tag);
	const accept = (answer: Uint8Array) => {
		const inside = open(answer);
		if (inside === 'part') return false;
		if (inside !== null) taken = read(inside, 'welcome', 'refused', 'challenge');
		else {
			const refused = read(answer, 'refused');
			// Of several runs that hear a worker, one with another secret must not speak for the one with ours.
			if (refused !== null && !isSecret && !refused.retry) taken = refused;
			else
				heard?.(
					`an answer without our secret${refused === null ? '' : ` says: ${plainText(refused.reason)}`}`,
				);
		}
		return taken !== null;
	};
	await bus.request(subject, bytes, HELLO_TIMEOUT_MS, { accept });
	return taken as unknown as Answer;
}

function read<T extends 'welcome' | 'refused' | 'challenge'>(bytes: Uint8Array, ...types: T[]) {
	try {
		return decode(bytes, ...types);
	} catch {
		// Not ours, or of a version that cannot be read.
		return null;
	}
}

/**
 * Whether somebody leads the run: says a hello that fits no place and waits for a refusal that has the secret.
 *
 * @throws NoResponderError where nobody does; RequestTimeoutError where no such answer comes in time
 */
export async function knock(
	bus: Bus,
	who: Applicant,
	{ subject, secret }: Pick<JoinOptions, 'subject' | 'secret'>,
	timeoutMs: number,
): Promise<void> {
	const seal = new Seal(secret);
	const hello: Hello = { ...who, kinds: ['none'], publicKey: ANY_KEY, challenge: null };
	const { bytes, tag } = seal.closeTagged(subject, encode(hello));
	await bus.request(subject, bytes, timeoutMs, {
		accept: (answer) => seal.openAnswer(tag, answer) !== null,
	});
}

/** Nothing is encrypted for a hello that is refused. */
const ANY_KEY = new Uint8Array(32);
