import { PARTS_MAX } from '../bus/parts.ts';
import { inboxPrefixOf, type Permissions, permissionsOf, type RoleUser } from './roles.ts';

/** A user of a role, with the public part of its key: the server needs no secret. */
export interface ConfiguredUser extends RoleUser {
	/** `U...` */
	readonly publicKey: string;
}

/** Answers may be given however long a window takes: the server's own limit is two minutes. */
const ANSWER_WITHIN = '8760h';
const quoted = (texts: readonly string[]) => texts.map((text) => JSON.stringify(text)).join(', ');

/**
 * The account `GRIDBEAT` with its users, as a nats-server configuration has it: to be included there. Nobody without a
 * key of one of them gets in.
 */
export function accountsText(users: readonly ConfiguredUser[]): string {
	return `# Who may do what on a NATS server that Gridbeat uses, written by gridbeat nats-config.
# It has no secrets: these are public keys.
accounts {
	GRIDBEAT {
		jetstream: enabled
		users: [
${users.map(userText).join('\n')}
		]
	}
}
`;
}

function userText(user: ConfiguredUser): string {
	const about = [
		user.role,
		...(user.actors.length > 0 ? [`as ${user.actors.join(', ')}`] : []),
		...(user.run === null ? [] : [`in the run ${user.run}`]),
	];
	return [
		`			# ${user.name}: ${about.join(' ')}; its inboxes are below ${inboxPrefixOf(user.name)}`,
		`			{ nkey: ${user.publicKey}, permissions: {`,
		...permissionLines(permissionsOf(user)).map((line) => `				${line}`),
		'			} }',
	].join('\n');
}

/** An empty list of what is allowed would allow everything. */
function permissionLines({ publish, subscribe, answers }: Permissions): string[] {
	return [
		publish.length === 0 ? 'publish: { deny: [">"] }' : `publish: { allow: [${quoted(publish)}] }`,
		`subscribe: { allow: [${quoted(subscribe)}] }`,
		...(answers ? [`allow_responses: { max: ${PARTS_MAX}, expires: "${ANSWER_WITHIN}" }`] : []),
	];
}

/** A whole configuration around the accounts, to begin with: one server with JetStream. */
export function serverText(maxPayloadBytes: number): string {
	return `# nats-server -c nats-server.conf
listen: "0.0.0.0:4222"
include "accounts.conf"
jetstream { store_dir: "jetstream" }
max_payload: ${maxPayloadBytes}
# Recorders on slow disks and processes at work read late.
max_pending: 1GB
write_deadline: "600s"
# Everybody on the way can read what goes over an open connection: give a certificate outside of a network of your own.
# tls { cert_file: "server.pem", key_file: "server.key" }
`;
}
