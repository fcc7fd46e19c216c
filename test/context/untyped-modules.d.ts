// What the tests use of packages that bring no types.

declare module 'pg-copy-streams' {
  import type { Readable, Writable } from 'node:stream'
  import type { Submittable } from 'pg'

  export function from(text: string): Writable & Submittable & { readonly rowCount: number }
  export function to(text: string): Readable & Submittable
}

declare module 'pg-cursor' {
  import type { Connection, Submittable } from 'pg'

  export default class Cursor implements Submittable {
    constructor(text: string, values?: unknown[], config?: { rowMode?: 'array' })
    submit(connection: Connection): void
    read(rowCount: number): Promise<unknown[]>
    close(): Promise<void>
  }
}
