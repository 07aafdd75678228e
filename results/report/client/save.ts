import type { SavedAs } from '../page-data.ts';
import type { Drawn } from './plot.ts';
import { plotSvg } from './plot-svg.ts';

/** A drawing of pixels has so many of them for one of the page. */
const PNG_SCALE = 2;

/** How long a browser may take to begin a download. */
const DOWNLOAD_MS = 10_000;

const SAVE: Readonly<Record<SavedAs, (svg: string, id: string) => void>> = {
	svg: (svg, id) => download(new Blob([svg], { type: 'image/svg+xml' }), `${id}.svg`),
	png: savePng,
};

function isKind(name: string): name is SavedAs {
	return Object.hasOwn(SAVE, name);
}

/** Lets the page's buttons save the figures that `find` knows by their ids. */
export function bindSaving(find: (id: string) => Drawn | undefined): void {
	document.addEventListener('click', ({ target }) => {
		if (!(target instanceof Element)) return;
		const button = target.closest<HTMLElement>('button[data-save]');
		const { save: kind = '', figure: id = '' } = button?.dataset ?? {};
		const drawn = find(id);
		if (drawn !== undefined && isKind(kind)) SAVE[kind](onWhite(drawn), id);
	});
}

/** For papers and slides: in the colours on white, also where the page is dark. */
function onWhite({ plot, figure }: Drawn): string {
	const { dataset } = document.documentElement;
	const isPrinting = 'printing' in dataset;
	dataset['printing'] = '';
	try {
		return plotSvg(plot, figure);
	} finally {
		if (!isPrinting) delete dataset['printing'];
	}
}

function savePng(svg: string, id: string): void {
	const image = new Image();
	image.onload = () => {
		const canvas = document.createElement('canvas');
		canvas.width = image.width * PNG_SCALE;
		canvas.height = image.height * PNG_SCALE;
		canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
		canvas.toBlob((blob) => {
			if (blob !== null) download(blob, `${id}.png`);
		}, 'image/png');
	};
	image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}

function download(blob: Blob, name: string): void {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
}
