import type { RequestHistogramName } from '../monitor/request-figures.ts';
import { type Family, type Labels, type Metered, perReplicaHistogram } from './family.ts';

/**
 * Metrics of model servers under the names of OpenTelemetry's semantic conventions for generative AI, as its Prometheus
 * exporter writes them: dots become underscores, and the unit goes last.
 */
export function genAiFamilies(replicas: readonly Metered[]): Family[] {
	const histogram = (name: string, help: string, of: RequestHistogramName): Family => ({
		...{ name: `gen_ai_server_${name}_seconds`, type: 'histogram', help },
		samples: perReplicaHistogram(replicas, labels, of),
	});
	return [
		histogram(
			'request_duration',
			'Generative AI server request duration such as time-to-last byte or last output token.',
			'e2eS',
		),
		histogram(
			'time_to_first_token',
			'Time to generate first token for successful responses.',
			'firstTokenS',
		),
		histogram(
			'time_per_output_token',
			'Time per output token generated after the first token for successful responses.',
			'perTokenS',
		),
	];
}

function labels({ run, site, replica }: Metered): Labels {
	return {
		...{ gen_ai_operation_name: 'text_completion', gen_ai_provider_name: 'gridbeat' },
		...{ gen_ai_request_model: replica.model, gen_ai_response_model: replica.model },
		...{ server_address: replica.name, run, site: site.name },
	};
}
