import type { BodyOf, QueryOf, ResponseOf, RouteName } from '../../../src/http/contract/routes.ts'
import type { EntryBody } from '../../../src/http/contract/values.ts'
import type { LabelledEntry } from '../model/entry-view.ts'
import type { ViewerClient } from '../embedding.ts'
import { send, sendForJson, urlOf, type ApiRequest } from './transport.ts'

/** What the caller may see and do. */
export type Me = ResponseOf<'me'>
/** One page of entries. */
export interface EntryPage {
  readonly entries: readonly LabelledEntry[]
  readonly nextCursor: string | null
}
/** One entry, and what else its transaction did. */
export interface EntryWithTransaction {
  readonly entry: LabelledEntry
  readonly together: readonly LabelledEntry[]
  /** Whether the transaction did more than that. */
  readonly more: boolean
  /** The entry of the same element before it. */
  readonly previousId: string | null
}
/** Which entries: the query language, or single conditions. */
export type Filter = Omit<QueryOf<'entries'>, 'cursor' | 'limit' | 'order' | 'include'>
/** What a restore or an undo wrote, or would write. */
export type Undone = ResponseOf<'restore'>
/** The same before it happens, with what to send as `If-Match`. */
export type UndoPreview = ResponseOf<'previewRestore'>
/** Which element to restore to which moment, and how. */
export type RestoreBody = BodyOf<'restore'>
/** What to undo, and how. */
export type UndoBody = BodyOf<'undo'>
/** A version that has a name. */
export type NamedVersion = ResponseOf<'versions'>['versions'][number]
/** One leaf of a state and who last set it. */
export type BlamedLeaf = ResponseOf<'blame'>['leaves'][number]

/** The HTTP API as the viewer uses it. Every call rejects with `ProblemError`. */
export interface Api {
  readonly me: (signal?: AbortSignal) => Promise<Me>
  readonly entries: (query: QueryOf<'entries'>, signal?: AbortSignal) => Promise<EntryPage>
  readonly entry: (id: string, signal?: AbortSignal) => Promise<EntryWithTransaction>
  readonly element: (query: QueryOf<'element'>, signal?: AbortSignal) => Promise<ResponseOf<'element'>>
  readonly state: (query: QueryOf<'state'>, signal?: AbortSignal) => Promise<ResponseOf<'state'>>
  readonly diff: (query: QueryOf<'diff'>, signal?: AbortSignal) => Promise<ResponseOf<'diff'>>
  readonly blame: (query: QueryOf<'blame'>, signal?: AbortSignal) => Promise<ResponseOf<'blame'>>
  readonly deleted: (query: QueryOf<'deleted'>, signal?: AbortSignal) => Promise<EntryPage>
  readonly facets: (query: QueryOf<'facets'>, signal?: AbortSignal) => Promise<ResponseOf<'facets'>>
  readonly activity: (query: QueryOf<'activity'>, signal?: AbortSignal) => Promise<ResponseOf<'activity'>>
  readonly previewRestore: (body: BodyOf<'previewRestore'>, signal?: AbortSignal) => Promise<UndoPreview>
  readonly restore: (body: RestoreBody, etag: string) => Promise<Undone>
  readonly previewUndo: (body: BodyOf<'previewUndo'>, signal?: AbortSignal) => Promise<UndoPreview>
  readonly undo: (body: UndoBody, etag: string) => Promise<Undone>
  readonly versions: (query: QueryOf<'versions'>, signal?: AbortSignal) => Promise<ResponseOf<'versions'>>
  readonly nameVersion: (body: BodyOf<'nameVersion'>) => Promise<NamedVersion>
  readonly forgetVersion: (id: string) => Promise<unknown>
  /** Where to download every entry of a filter. */
  readonly exportUrl: (query: QueryOf<'export'>) => string
  readonly client: ViewerClient
}

/** The API behind a client. */
export function createApi(client: ViewerClient): Api {
  const read = <Name extends RouteName>(path: string, query: object, signal?: AbortSignal) =>
    ask<Name>(client, { path, query: { ...query }, signal })
  const write = <Name extends RouteName>(path: string, body: object, headers: ApiRequest['headers'] = {}) =>
    ask<Name>(client, { method: 'POST', path, body, headers })
  return {
    client,
    me: (signal) => read<'me'>('/me', {}, signal),
    entries: async (query, signal) => toPage(await read<'entries'>('/entries', query, signal)),
    entry: async (id, signal) => {
      const found = await read<'entry'>(`/entries/${encodeURIComponent(id)}`, {}, signal)
      return { ...found, entry: toEntry(found.entry), together: found.together.map(toEntry) }
    },
    element: (query, signal) => read<'element'>('/element', query, signal),
    state: (query, signal) => read<'state'>('/element/state', query, signal),
    diff: (query, signal) => read<'diff'>('/element/diff', query, signal),
    blame: (query, signal) => read<'blame'>('/element/blame', query, signal),
    deleted: async (query, signal) => toPage(await read<'deleted'>('/deleted', query, signal)),
    facets: (query, signal) => read<'facets'>('/facets', query, signal),
    activity: (query, signal) => read<'activity'>('/activity', query, signal),
    previewRestore: (body) => write<'previewRestore'>('/element/restore/preview', body),
    restore: (body, etag) => write<'restore'>('/element/restore', body, guard(etag)),
    previewUndo: (body) => write<'previewUndo'>('/undo/preview', body),
    undo: (body, etag) => write<'undo'>('/undo', body, guard(etag)),
    versions: (query, signal) => read<'versions'>('/versions', query, signal),
    nameVersion: (body) => write<'nameVersion'>('/versions', body),
    forgetVersion: (id) => send(client, { method: 'DELETE', path: `/versions/${id}` }),
    exportUrl: (query) => urlOf(client, { path: '/export', query: { ...query } }),
  }
}

function toPage({ entries, nextCursor }: ResponseOf<'entries'>): EntryPage {
  return { entries: entries.map(toEntry), nextCursor }
}

function toEntry({ changes = null, label = null, ...entry }: EntryBody): LabelledEntry {
  return { ...entry, label, changes }
}

async function ask<Name extends RouteName>(
  client: ViewerClient,
  request: ApiRequest,
): Promise<ResponseOf<Name>> {
  // the server validates its answers by the same schemas from which these types come
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the comment above says
  return (await sendForJson(client, request)) as unknown as ResponseOf<Name>
}

// what is done is what was previewed, and once
function guard(etag: string): Readonly<Record<string, string>> {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  )
  return { 'if-match': etag, 'idempotency-key': key.join('') }
}
