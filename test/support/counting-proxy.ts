import { createServer, connect, type NetConnectOpts, type Socket } from 'node:net'

/** What went through the proxy since the last `reset`. */
export interface Traffic {
  /** Times that the client had to wait for an answer before it could send what came next. */
  readonly roundTrips: number
  /** Messages from the client, by their name in the protocol (manual: 54.7 Message Formats). */
  readonly messages: readonly string[]
  /** Bytes from the client. */
  readonly sentBytes: number
  /** The statements of Parse and Query messages. */
  readonly texts: readonly string[]
}

/** A TCP proxy in front of PostgreSQL that counts what a client costs. */
export interface CountingProxy {
  /** The URL that was given, with the proxy in the server's place. */
  readonly url: string
  readonly reset: () => void
  readonly traffic: () => Traffic
  readonly close: () => Promise<void>
}

interface Counts {
  roundTrips: number
  messages: string[]
  sentBytes: number
  texts: string[]
}

/**
 * Starts a proxy before the server of a URL. Answers are held until the client has been silent for a moment: what
 * it can send without an answer it has then sent, so that the count of round trips does not depend on speed.
 */
export async function startCountingProxy(serverUrl: string): Promise<CountingProxy> {
  const server = addressOf(serverUrl)
  let counts = noCounts()
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const upstream = connect(server)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    relay(client, upstream, () => counts)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('The counting proxy has no port.')
  const url = new URL(serverUrl)
  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  url.searchParams.delete('host')
  return {
    url: url.href,
    reset: () => {
      counts = noCounts()
    },
    traffic: () => ({ ...counts, messages: [...counts.messages], texts: [...counts.texts] }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        listener.close(() => resolve())
      }),
  }
}

function addressOf(serverUrl: string): NetConnectOpts {
  const { hostname, port, searchParams } = new URL(serverUrl)
  const folder = searchParams.get('host')
  if (folder?.startsWith('/')) return { path: `${folder}/.s.PGSQL.${port || 5432}` }
  return { host: hostname, port: Number(port || 5432) }
}

const silenceMs = 10

function relay(client: Socket, upstream: Socket, counts: () => Counts): void {
  let held: Buffer[] = []
  let timer: NodeJS.Timeout | undefined
  let answered = true
  let unread = Buffer.alloc(0)
  let started = false
  const release = () => {
    timer = undefined
    if (held.length === 0) return
    answered = true
    client.write(Buffer.concat(held))
    held = []
  }
  const waitForSilence = () => {
    clearTimeout(timer)
    timer = setTimeout(release, silenceMs)
  }
  client.on('data', (data) => {
    const now = counts()
    if (answered) now.roundTrips++
    answered = false
    now.sentBytes += data.length
    unread = Buffer.concat([unread, data])
    unread = started ? readMessages(unread, now) : skipStartup(unread)
    started = true
    upstream.write(data)
    waitForSilence()
  })
  upstream.on('data', (data) => {
    held.push(data)
    waitForSilence()
  })
  client.on('close', () => clearTimeout(timer))
}

function readMessages(buffer: Buffer, counts: Counts): Buffer<ArrayBuffer> {
  let rest = buffer
  while (rest.length >= 5) {
    const length = rest.readInt32BE(1) + 1
    if (rest.length < length) break
    const name = messageNames[String.fromCharCode(rest[0] ?? 0)] ?? '?'
    counts.messages.push(name)
    const body = rest.subarray(5, length).toString().split('\0')
    if (name === 'Query') counts.texts.push(body[0] ?? '')
    if (name === 'Parse') counts.texts.push(body[1] ?? '')
    rest = rest.subarray(length)
  }
  return Buffer.from(rest)
}

// the first message of a connection has no name, only a length
function skipStartup(buffer: Buffer): Buffer<ArrayBuffer> {
  return Buffer.from(buffer.subarray(buffer.readInt32BE(0)))
}

const messageNames: Readonly<Record<string, string>> = {
  Q: 'Query',
  P: 'Parse',
  B: 'Bind',
  D: 'Describe',
  E: 'Execute',
  S: 'Sync',
  C: 'Close',
  H: 'Flush',
  X: 'Terminate',
  d: 'CopyData',
  c: 'CopyDone',
  f: 'CopyFail',
  p: 'Password',
}

function noCounts(): Counts {
  return { roundTrips: 0, messages: [], sentBytes: 0, texts: [] }
}
