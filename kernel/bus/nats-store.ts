import { jetstreamManager, type StorageType } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { type ObjectStore, Objm } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { messageOf } from '../../protocol/errors.ts';
import { StaleHeadError, type Store, StoreError, type StoreOptions } from './store.ts';

const HEAD = 'head';
/** Copies that a cluster keeps: one server can be lost. */
const CLUSTER_REPLICAS = 3;
/** JetStream's code for a publish that expected another last sequence. */
const WRONG_LAST_SEQUENCE = 10_071;
const FILE = 'file' as StorageType;

/**
 * A store on JetStream: an object store for what is kept, and a key-value bucket for the head, whose revision is the
 * sequence that the next write expects.
 *
 * @throws StoreError where the server has no JetStream, or no room
 */
export async function openNatsStore(
	connection: NatsConnection,
	name: string,
	{ create, maxBytes }: StoreOptions,
): Promise<Store> {
	return attempt(`open the store "${name}"`, async () => {
		const [objects, values] = [new Objm(connection), new Kvm(connection)];
		if (!create)
			return new NatsStore(connection, await objects.open(name), await values.open(name));
		const isCluster = connection.info?.cluster !== undefined;
		const how = { storage: FILE, replicas: isCluster ? CLUSTER_REPLICAS : 1 };
		return new NatsStore(
			connection,
			await objects.create(name, { ...how, max_bytes: maxBytes }),
			await values.create(name, { ...how, history: 1 }),
		);
	});
}

class NatsStore implements Store {
	private readonly connection: NatsConnection;
	private readonly objects: ObjectStore;
	private readonly values: KV;
	private revision = 0;

	constructor(connection: NatsConnection, objects: ObjectStore, values: KV) {
		this.connection = connection;
		this.objects = objects;
		this.values = values;
	}

	async put(name: string, bytes: Uint8Array): Promise<void> {
		await attempt(`keep "${name}"`, () => this.objects.putBlob({ name }, bytes));
	}

	get(name: string): Promise<Uint8Array | null> {
		return attempt(`read "${name}"`, () => this.objects.getBlob(name));
	}

	async drop(name: string): Promise<void> {
		await attempt(`drop "${name}"`, () => this.objects.delete(name));
	}

	async writeHead(bytes: Uint8Array): Promise<void> {
		await attempt('write the head', async () => {
			this.revision =
				this.revision === 0
					? await this.values.create(HEAD, bytes)
					: await this.values.update(HEAD, bytes, this.revision);
		});
	}

	readHead(): Promise<Uint8Array | null> {
		return attempt('read the head', async () => {
			const entry = await this.values.get(HEAD);
			if (entry === null) return null;
			this.revision = entry.revision;
			return entry.value;
		});
	}

	async remove(): Promise<void> {
		await attempt('remove the store', async () => {
			await this.objects.destroy();
			// The client has no call of its own for a bucket of values: it is a stream.
			const manager = await jetstreamManager(this.connection);
			const { streamInfo } = await this.values.status();
			await manager.streams.delete(streamInfo.config.name);
		});
	}
}

async function attempt<T>(what: string, act: () => Promise<T>): Promise<T> {
	try {
		return await act();
	} catch (error) {
		const { code, api_error: refusal } = error as {
			code?: unknown;
			api_error?: { err_code?: number };
		};
		if (code === WRONG_LAST_SEQUENCE || refusal?.err_code === WRONG_LAST_SEQUENCE)
			throw new StaleHeadError('somebody else leads the run', { cause: error });
		throw new StoreError(`Cannot ${what}: ${messageOf(error)}`, { cause: error });
	}
}
