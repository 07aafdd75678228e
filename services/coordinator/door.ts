import type { Answer } from '../../kernel/bus/bus.ts';
import { Counts } from '../../kernel/bus/counts.ts';
import { type Key, makeNonce, placeKey } from '../../kernel/bus/keys.ts';
import { type Opened, Seal, unchecked } from '../../kernel/bus/seal.ts';
import { decode, encode, helloVersion } from '../../protocol/codec.ts';
import { messageOf } from '../../protocol/errors.ts';
import { type Hello, PROTOCOL_VERSION, type Refused } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { TrustedPlan } from './run-plan.ts';

/** Refusals that are shown to the user one by one; more would bury what else is said. */
const TOLD_MAX = 8;
const NAME_LENGTH_MAX = 80;

/** A hello whose sender holds the secret of a place, or that of workers. */
export interface Guest {
	readonly hello: Hello;
	/** The place whose process it is; null for a worker that takes any that is free. */
	readonly place: string | null;
	readonly secret: Key;
	/** Seals an answer so that only this guest takes it for one. */
	answer(bytes: Uint8Array): Answer;
}

export type Knock =
	| { readonly type: 'guest'; readonly guest: Guest }
	/** It goes no further: with this answer, or with none. */
	| { readonly type: 'done'; readonly answer: Answer };

export interface DoorContext {
	readonly plan: TrustedPlan;
	/** Of one message. */
	readonly maxBytes: number;
	readonly refusals: Refusals;
	notice(text: string): void;
}

/**
 * Who may speak to a run that is being gathered: checks that a hello has the seal of a place's own process or of the
 * join key, is new, and comes from the same program. Whoever may knock here is a stranger: nothing said here may end
 * the run.
 */
export class Door {
	private readonly context: DoorContext;
	private readonly hosts: ReadonlySet<string>;
	private readonly nonce = makeNonce();
	private readonly seals = new Map<string, { readonly secret: Key; readonly seal: Seal }>();
	private readonly counts = new Counts();
	private readonly told = new Set<string>();

	constructor(context: DoorContext) {
		this.context = context;
		this.hosts = new Set(context.plan.roster.map(({ host }) => host));
	}

	knock(bytes: Uint8Array, subject: string): Knock {
		let hello: Hello;
		try {
			hello = decode(unchecked(bytes), 'hello');
		} catch (error) {
			return this.unreadable(bytes, subject, error);
		}
		const place = this.ownPlace(hello.host);
		const { secret, seal } = this.sealOf(place);
		const opened = seal.open(subject, bytes);
		if (opened === null) return this.stranger(hello, place, subject);
		const answer = (inside: Uint8Array) =>
			seal.closeParts(opened.tag, inside, this.context.maxBytes);
		if (!this.isNew(opened, subject)) return { type: 'done', answer: undefined };
		const refusal = this.refusalOf(hello);
		if (refusal !== null) return { type: 'done', answer: answer(encode(refusal)) };
		return { type: 'guest', guest: { hello, place, secret, answer } };
	}

	/** What a worker has to say again; null for one that has, and for a place's own process, whose key is of this run. */
	challengeFor({ hello, place }: Guest): Uint8Array | null {
		if (place !== null) return null;
		if (hello.challenge !== null && this.nonce.equals(hello.challenge)) return null;
		return encode({ type: 'challenge', run: this.context.plan.run, nonce: this.nonce });
	}

	/** The host that a process of ours is started for; null for what workers may take, and for unknown names. */
	private ownPlace(host: string): string | null {
		return this.hosts.has(host) && !this.context.plan.external.has(host) ? host : null;
	}

	private sealOf(place: string | null) {
		const name = place ?? '';
		let found = this.seals.get(name);
		if (found === undefined) {
			const { runKey, joinSecret } = this.context.plan.trust;
			const secret = place === null ? joinSecret : placeKey(runKey, place);
			found = { secret, seal: new Seal(secret) };
			this.seals.set(name, found);
		}
		return found;
	}

	private isNew(opened: Opened, subject: string): boolean {
		if (this.counts.isNew(opened)) return true;
		this.context.refusals.refuse({ subject, kind: 'duplicate', reason: 'a hello came before' });
		return false;
	}

	/** Another version of the protocol, and the same of another program. */
	private refusalOf(hello: Hello): Refused | null {
		if (hello.version !== PROTOCOL_VERSION) return this.otherVersion(hello.version, nameOf(hello));
		const { program: own } = this.context.plan.trust;
		const { name, version } = hello.program;
		if (name !== own.name || version === own.version) return null;
		const theirs = plainText(version, NAME_LENGTH_MAX);
		this.tell(
			`Refused ${nameOf(hello)}: it is ${name} ${theirs}, this run ${own.version}; install the same version on both sides`,
		);
		const reason = `this is ${name} ${theirs}, the run is ${own.version}; install the same version of Gridbeat on both sides`;
		return { type: 'refused', reason, retry: false };
	}

	private otherVersion(version: number, who: string): Refused {
		const remedy = 'install the same version of Gridbeat on both sides';
		this.tell(
			`Refused ${who}: it speaks protocol version ${version}, this run ${PROTOCOL_VERSION}; ${remedy}`,
		);
		const reason = `protocol version ${version}, this run speaks ${PROTOCOL_VERSION}; ${remedy}`;
		return { type: 'refused', reason, retry: false };
	}

	/** Older versions have no seals: they are answered in a form that they can read. */
	private unreadable(bytes: Uint8Array, subject: string, error: unknown): Knock {
		const version = helloVersion(bytes) ?? helloVersion(unchecked(bytes));
		if (version !== null && version !== PROTOCOL_VERSION)
			return { type: 'done', answer: encode(this.otherVersion(version, 'a worker')) };
		this.context.refusals.refuse({ subject, kind: 'unreadable', reason: messageOf(error) });
		const reason = `this run cannot read its hello (${messageOf(error)})`;
		return { type: 'done', answer: encode({ type: 'refused', reason, retry: false }) };
	}

	private stranger(hello: Hello, place: string | null, subject: string): Knock {
		const { hasJoinKey } = this.context.plan.trust;
		const lacks =
			place !== null
				? `it is not the process that was started for "${place}"`
				: hasJoinKey
					? 'it does not have the join key of this run: set the same GRIDBEAT_JOIN_KEY on both sides'
					: 'it has a join key and this run has none: set the same GRIDBEAT_JOIN_KEY on both sides';
		this.context.refusals.refuse({
			subject,
			kind: 'not-authentic',
			reason: `${nameOf(hello)}: ${lacks}`,
		});
		return { type: 'done', answer: encode({ type: 'refused', reason: lacks, retry: true }) };
	}

	private tell(text: string): void {
		if (this.told.has(text) || this.told.size >= TOLD_MAX) return;
		this.told.add(text);
		this.context.notice(text);
	}
}

function nameOf({ machine, pid, host }: Hello): string {
	return `${plainText(host, NAME_LENGTH_MAX)} (process ${pid} on ${plainText(machine, NAME_LENGTH_MAX)})`;
}
