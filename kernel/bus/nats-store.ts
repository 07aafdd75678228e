import { type JetStreamClient, jetstream, type StorageType } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { type ObjectStore, Objm } from '@nats-io/obj';
import { type NatsConnection, nanos, nuid } from '@nats-io/transport-node';
import { attempt, codeOf, RETRY_MS, WRONG_LAST_SEQUENCE } from './nats-attempt.ts';
import { maxBytesOf } from './nats-errors.ts';
import { readObject } from './nats-object.ts';
import type { Store, StoreOptions } from './store.ts';

const HEAD = 'head';
/** Copies that a cluster keeps: one server can be lost. */
export const CLUSTER_REPLICAS = 3;
/** JetStream's codes where there are fewer servers than copies: in a cluster, and in none. */
const TOO_FEW_SERVERS = [10_005, 10_074];
/** JetStream's code for a stream that is not there. */
const NO_STREAM = 10_059;
/** Of an object, where the server takes messages of that size. */
const CHUNK_BYTES = 128 * 1024;
/** To JetStream. */
const NO_LIMIT = -1;
const FILE = 'file' as StorageType;

/**
 * A store on JetStream: an object store for what is kept, and a key-value bucket for the head, whose revision is the
 * sequence that the next write expects. A cluster keeps three copies, where it has three servers.
 *
 * @throws StoreError where the server has no JetStream, or no room
 */
export async function openNatsStore(
	connection: NatsConnection,
	name: string,
	{ create, maxBytes, keepMs, apiPrefix }: StoreOptions & { readonly apiPrefix: string | null },
): Promise<Store> {
	const client = jetstream(connection, apiPrefix === null ? {} : { apiPrefix });
	const [objects, values] = [new Objm(client), new Kvm(client)];
	const chunkBytes = Math.min(CHUNK_BYTES, maxBytesOf(connection));
	const isCluster = connection.info?.cluster !== undefined;
	const open = async () => {
		// The head is the leader's: others need no right to it.
		if (!create)
			return new NatsStore(
				client,
				{ name, chunkBytes, kept: await objects.open(name), head: () => values.open(name) },
				null,
			);
		const make = async (replicas: number, remark: string | null) => {
			const how = { storage: FILE, replicas };
			const kept = await objects.create(name, {
				...{ ...how, max_bytes: maxBytes ?? NO_LIMIT },
				...(keepMs === undefined ? {} : { ttl: nanos(keepMs) }),
			});
			// Many stores have no head: its bucket is made when it is needed first.
			const head = () => values.create(name, { ...how, history: 1 });
			return new NatsStore(client, { name, chunkBytes, kept, head }, remark);
		};
		// The servers of a leaf are those that it is connected to: only making it shows how many there are.
		try {
			return await make(CLUSTER_REPLICAS, null);
		} catch (error) {
			if (!isTooFewServers(error)) throw error;
			return make(1, isCluster ? FEWER_COPIES : null);
		}
	};
	return attempt(`open the store "${name}"`, open, isCluster ? RETRY_MS : []);
}

const FEWER_COPIES = `the NATS cluster has fewer than ${CLUSTER_REPLICAS} servers with JetStream, so it keeps one copy of checkpoints: with the server that has it they are lost`;

/** There are fewer servers than copies were asked for. */
export function isTooFewServers(error: unknown): boolean {
	return TOO_FEW_SERVERS.includes(codeOf(error));
}

interface Buckets {
	readonly name: string;
	readonly kept: ObjectStore;
	/** Of the messages in which an object travels. */
	readonly chunkBytes: number;
	/** Opens that of the head. */
	readonly head: () => Promise<KV>;
}

class NatsStore implements Store {
	readonly remark: string | null;
	private readonly client: JetStreamClient;
	private readonly chunkBytes: number;
	private readonly objects: ObjectStore;
	private readonly name: string;
	private readonly openValues: () => Promise<KV>;
	private values: Promise<KV> | null = null;
	private revision = 0;
	/** In front of the heads that we write, so that nobody else writes the same. */
	private readonly token = Buffer.from(nuid.next());
	/** Heads that we have written and have no answer for. */
	private unsure: Buffer[] = [];

	constructor(
		client: JetStreamClient,
		{ name, kept, head, chunkBytes }: Buckets,
		remark: string | null,
	) {
		this.client = client;
		this.chunkBytes = chunkBytes;
		this.name = name;
		this.objects = kept;
		this.openValues = head;
		this.remark = remark;
	}

	async put(name: string, bytes: Uint8Array): Promise<void> {
		await attempt(`keep "${name}"`, () =>
			this.objects.putBlob({ name, options: { max_chunk_size: this.chunkBytes } }, bytes),
		);
	}

	get(name: string, maxBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
		return attempt(`read "${name}"`, async () => {
			if (maxBytes !== Number.POSITIVE_INFINITY) {
				const info = await this.objects.info(name);
				if (info === null || info.deleted || info.size > maxBytes) return null;
			}
			return readObject(this.objects, name);
		});
	}

	async drop(name: string): Promise<void> {
		await attempt(`drop "${name}"`, () => this.objects.delete(name));
	}

	async writeHead(bytes: Uint8Array): Promise<void> {
		const value = Buffer.concat([this.token, bytes]);
		await attempt('write the head', async () => {
			const values = await this.head();
			this.unsure.push(value);
			await this.writeOver(values, value);
			this.unsure = [];
		});
	}

	/** A write of ours whose answer was lost may have come through, and is nobody else's then. */
	private async writeOver(values: KV, value: Buffer): Promise<void> {
		for (;;) {
			try {
				this.revision =
					this.revision === 0
						? await values.create(HEAD, value)
						: await values.update(HEAD, value, this.revision);
				return;
			} catch (error) {
				if (codeOf(error) !== WRONG_LAST_SEQUENCE) throw error;
				const entry = await values.get(HEAD);
				const isOurs = this.unsure.some((own) => entry !== null && own.equals(entry.value));
				if (entry === null || !isOurs) throw error;
				this.revision = entry.revision;
				if (value.equals(entry.value)) return;
				this.unsure = this.unsure.filter((own) => !own.equals(entry.value));
			}
		}
	}

	readHead(): Promise<Uint8Array | null> {
		return attempt('read the head', async () => {
			const entry = await (await this.head()).get(HEAD);
			// One that was removed has a revision too, and no bytes.
			this.revision = entry?.revision ?? 0;
			return entry?.operation === 'PUT' ? entry.value.subarray(this.token.length) : null;
		});
	}

	async remove(): Promise<void> {
		const remove = async () => {
			await this.objects.destroy();
			// The client has no call of its own for a bucket of values: it is a stream.
			const manager = await this.client.jetstreamManager();
			try {
				await manager.streams.delete(`KV_${this.name}`);
			} catch (error) {
				if (codeOf(error) !== NO_STREAM) throw error;
			}
		};
		// At the end of a run nobody waits for a server that does not answer.
		await attempt('remove the store', remove, []);
	}

	private head(): Promise<KV> {
		this.values ??= this.openValues().catch((error: unknown) => {
			this.values = null;
			throw error;
		});
		return this.values;
	}
}
