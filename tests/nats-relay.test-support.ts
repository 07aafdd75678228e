import { once } from 'node:events';
import {
	type AddressInfo,
	createConnection,
	createServer,
	type Server,
	type Socket,
} from 'node:net';

/**
 * A network before a NATS server that can be cut and that loses messages. It reads the wire protocol of NATS
 * (https://docs.nats.io/reference/reference-protocols/nats-protocol), so that messages are lost, come twice or after the
 * next one as wholes.
 */

/** What becomes of a message to a client. */
export type Fate = 'arrives' | 'lost' | 'twice' | 'later';
export type Way = 'to' | 'from';

/** Client and server, as one of them sees the other. */
interface Link {
	/** As the client calls itself, such as `run/host`. */
	name: string;
	readonly near: Socket;
	readonly far: Socket;
	/** What waits on each way while that is cut; null: it is open. */
	readonly held: Record<Way, Buffer[] | null>;
	/** Comes after the next message. */
	late: Buffer | null;
}

const LINE_END = '\r\n';
const LINE_END_BYTES = 2;
/** With that many bytes after their line. */
const WITH_PAYLOAD = /^(MSG|HMSG|PUB|HPUB) /;
const TO_CLIENT = /^(MSG|HMSG) /;
/** One that has no next message goes all the same. */
const LATE_MS = 100;

/** Hands over whole operations of the protocol, with their first line. */
function operations(take: (line: string, bytes: Buffer) => void): (chunk: Buffer) => void {
	let rest: Buffer = Buffer.alloc(0);
	return (chunk) => {
		rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
		for (;;) {
			const end = rest.indexOf(LINE_END);
			if (end === -1) return;
			const line = rest.toString('latin1', 0, end);
			const payload = WITH_PAYLOAD.test(line) ? Number(line.split(' ').at(-1)) + LINE_END_BYTES : 0;
			const length = end + LINE_END_BYTES + payload;
			if (rest.length < length) return;
			take(line, rest.subarray(0, length));
			rest = rest.subarray(length);
		}
	};
}

export class NatsRelay {
	/** Decides of each message to a client. */
	fate: () => Fate = () => 'arrives';
	/** So many were lost, came twice or late. */
	struck = 0;
	private readonly links = new Set<Link>();
	private readonly server: Server;
	/** New connections of these are held too. */
	private cuts: { readonly who: RegExp; readonly ways: readonly Way[] }[] = [];

	private constructor(port: number) {
		this.server = createServer({ noDelay: true }, (near) => {
			const far = createConnection({ port, host: '127.0.0.1', noDelay: true });
			this.join({ name: '', near, far, held: { to: null, from: null }, late: null });
		});
	}

	static async before(port: number): Promise<NatsRelay> {
		const relay = new NatsRelay(port);
		relay.server.listen(0, '127.0.0.1');
		await once(relay.server, 'listening');
		return relay;
	}

	get url(): string {
		return `nats://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	/** Nothing passes any more to those of such a name, from them, or both; it waits, as TCP lets it. */
	cut(who: RegExp, ways: readonly Way[] = ['to', 'from']): void {
		this.cuts.push({ who, ways });
		for (const link of this.links) if (who.test(link.name)) hold(link, ways);
	}

	/** All passes again, and what has waited. */
	heal(): void {
		this.cuts = [];
		for (const { held, near, far } of this.links) {
			for (const [way, socket] of [
				['to', near],
				['from', far],
			] as const) {
				for (const bytes of held[way] ?? []) socket.write(bytes);
				held[way] = null;
			}
		}
	}

	close(): void {
		this.server.close();
		for (const { near, far } of this.links) for (const socket of [near, far]) socket.destroy();
	}

	private join(link: Link): void {
		const { near, far } = link;
		this.links.add(link);
		far.on(
			'data',
			operations((line, bytes) => this.toClient(link, line, bytes)),
		);
		near.on(
			'data',
			operations((line, bytes) => {
				if (line.startsWith('CONNECT ')) this.know(link, line);
				pass(link, 'from', bytes);
			}),
		);
		for (const [one, other] of [
			[near, far],
			[far, near],
		] as const) {
			one.on('error', () => {});
			one.on('close', () => {
				this.links.delete(link);
				other.destroy();
			});
		}
	}

	private know(link: Link, line: string): void {
		const { name } = JSON.parse(line.slice(line.indexOf('{'))) as { readonly name?: string };
		link.name = name ?? '';
		for (const { who, ways } of this.cuts) if (who.test(link.name)) hold(link, ways);
	}

	private toClient(link: Link, line: string, bytes: Buffer): void {
		const fate = TO_CLIENT.test(line) ? this.fate() : 'arrives';
		if (fate !== 'arrives') this.struck++;
		if (fate === 'later') {
			sayLate(link);
			link.late = Buffer.from(bytes);
			setTimeout(() => sayLate(link), LATE_MS);
			return;
		}
		if (fate !== 'lost') pass(link, 'to', bytes);
		if (fate === 'twice') pass(link, 'to', bytes);
		if (TO_CLIENT.test(line)) sayLate(link);
	}
}

function hold({ held }: Link, ways: readonly Way[]): void {
	for (const way of ways) held[way] ??= [];
}

function pass({ held, near, far }: Link, way: Way, bytes: Buffer): void {
	const waiting = held[way];
	if (waiting !== null) waiting.push(Buffer.from(bytes));
	else (way === 'to' ? near : far).write(bytes);
}

function sayLate(link: Link): void {
	const { late } = link;
	link.late = null;
	if (late !== null) pass(link, 'to', late);
}
