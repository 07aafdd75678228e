import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { projectFile } from '../kernel/files/project-file.ts';

const Count = z.string().regex(/^\d+(\.\d+)?$/);

/** As https://keda.sh/docs/2.20/reference/scaledobject-spec/ and …/scalers/prometheus/ have it, as far as we use it. */
const ScaledByPrometheus = z.strictObject({
	apiVersion: z.literal('keda.sh/v1alpha1'),
	kind: z.literal('ScaledObject'),
	metadata: z.strictObject({ name: z.string() }),
	spec: z.strictObject({
		scaleTargetRef: z.strictObject({
			apiVersion: z.literal('apps/v1'),
			kind: z.literal('Deployment'),
			name: z.string(),
		}),
		pollingInterval: z.int().positive(),
		cooldownPeriod: z.int().nonnegative(),
		minReplicaCount: z.int().nonnegative(),
		maxReplicaCount: z.int().positive(),
		triggers: z.tuple([
			z.strictObject({
				type: z.literal('prometheus'),
				metricType: z.enum(['AverageValue', 'Value']),
				metadata: z.strictObject({
					serverAddress: z.url(),
					query: z.string().min(1),
					threshold: Count,
					activationThreshold: Count.optional(),
					ignoreNullValues: z.enum(['true', 'false']),
				}),
			}),
		]),
	}),
});

/** What the examples ask Prometheus, by the name of the example. @throws ZodError for fields that KEDA does not have */
export function kedaQueries(): Map<string, string> {
	const text = readFileSync(
		projectFile('deploy/kubernetes/keda-prometheus/scaled-objects.yaml'),
		'utf8',
	);
	const objects = parseAllDocuments(text).map((one) => ScaledByPrometheus.parse(one.toJS()));
	return new Map(
		objects.map(({ metadata, spec }) => [metadata.name, spec.triggers[0].metadata.query]),
	);
}
