import type { PageData } from '../page-data.ts';

/** What this page carries. */
export const page = JSON.parse(document.getElementById('data')?.textContent ?? '') as PageData;
