/** Where in the dashboard one is. Places stand behind the `#` of the address, which no server is asked for. */
export type Route =
	| { readonly view: 'runs' }
	| { readonly view: 'run'; readonly id: string }
	| { readonly view: 'compare'; readonly ids: readonly string[] }
	| { readonly view: 'new'; readonly from: string | null };

/** The place that an address names; the list of runs where it names none. */
export function routeOf(hash: string): Route {
	const [view = '', rest = ''] = hash.replace(/^#\/?/, '').split(/\/(.*)/s);
	if (view === 'run' && rest !== '') return { view, id: decode(rest) };
	if (view === 'compare') {
		const ids = rest.split(',').filter((id) => id !== '');
		return { view, ids: [...new Set(ids.map(decode))] };
	}
	if (view === 'new') return { view, from: rest === '' ? null : decode(rest) };
	return { view: 'runs' };
}

/** The address of a place. */
export function hashOf(route: Route): string {
	if (route.view === 'run') return `#/run/${encodeURIComponent(route.id)}`;
	if (route.view === 'compare') return `#/compare/${route.ids.map(encodeURIComponent).join(',')}`;
	if (route.view === 'new')
		return route.from === null ? '#/new' : `#/new/${encodeURIComponent(route.from)}`;
	return '#/';
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
