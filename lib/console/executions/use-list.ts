import { useState } from 'react';
import { call } from '../api/call.ts';
import { type Polled, usePoll } from '../api/poll.ts';
import type { Page, Summary } from '../api/wire.ts';
import { apiQuery, type Filter, placeOf } from './filter.ts';

const EVERY = 2_500;

export interface List extends Polled<Page<Summary>> {
  readonly pages: number;
  readonly more: () => void;
}

/** Executions of a page, and requests for it: a page of the API may hold fewer executions than asked for, also none. */
const PAGE = 50;
const REQUESTS = 5;

/** The newest executions that match; each page that was asked for is read again with the first. */
export function useList(filter: Filter): List {
  const key = placeOf(filter);
  const [asked, setAsked] = useState({ key, pages: 1 });
  const pages = asked.key === key ? asked.pages : 1;
  const read = async (signal: AbortSignal) => {
    let page = await call<Page<Summary>>('GET', apiQuery(filter, Date.now()), { signal });
    for (let i = 1; i < REQUESTS * pages && page.items.length < PAGE * pages && page.cursor !== undefined; i++) {
      const next = await call<Page<Summary>>('GET', apiQuery(filter, Date.now(), page.cursor), { signal });
      page = { ...next, items: [...page.items, ...next.items] };
    }
    return page;
  };
  const polled = usePoll(`${key} ${pages}`, read, EVERY);
  return { ...polled, pages, more: () => setAsked({ key, pages: pages + 1 }) };
}
