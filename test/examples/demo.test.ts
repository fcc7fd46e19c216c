import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

import pg from 'pg'
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'

const nothingThere = 'postgres://postgres:secret@127.0.0.1:1/postgres'
const root = fileURLToPath(new URL('../..', import.meta.url))

describe.each([
  { capture: 'trigger', options: [], checks: 9 },
  { capture: 'listener', options: ['--once', '--capture', 'listener'], checks: 10 },
])('npm run demo -- --database-url … $options', ({ capture, options, checks }) => {
  let run: Run
  beforeAll(async () => {
    // as the README says it, the build included; that takes longer than all the rest, and is there for the second one
    const command =
      capture === 'trigger' ? ['npm', 'run', '--silent', 'demo', '--'] : [process.execPath, demo]
    const [program = '', ...given] = [...command, '--database-url', inject('serverUrl'), ...options]
    run = await runProgram(program, given)
  })

  it('ends by itself with exit code 0, and says that all of it held', () => {
    expect(run).toMatchObject({ exitCode: 0, errors: '' })
    expect(run.lines.at(-1)).toBe('All of it held.')
    expect(run.lines.filter((line) => line.startsWith('✓'))).toHaveLength(checks)
  })

  it('shows what the seed query finds', () => {
    expect(run.text).toMatch(/SELECT \* FROM audit_logs WHERE element_id = '[0-9a-f-]{36}'/)
    expect(run.lines).toContainEqual(expect.stringMatching(/^\d+ +world_elements .* ada .* insert /))
    expect(run.text).toContain(
      'context {"reason": "tighten the prose", "actorKind": "agent", "onBehalfOf": "ada"}',
    )
  })

  it('shows changes word by word, with marks, and without colours where there is no terminal', () => {
    expect(run.text).toContain('A ferrywoman who [-fears-]{+commands+} the open')
    expect(run.text).toMatch(/attributes\.stats\.oar +\[-9-\] \{\+10\+\}/)
    expect(run.text).toBe(stripVTControlCharacters(run.text))
  })

  it('shows an earlier state beside the present one, and who did what', () => {
    expect(run.text).toMatch(/^≠ +place_id +\S+ +null$/m)
    expect(run.text).toMatch(/^muse \(agent, for ada\) +0 +1 +0 +1 +tighten the prose$/m)
  })

  it('keeps to 100 columns where there is no terminal', () => {
    expect(Math.max(...run.lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('says who records, and why it ends by itself', () => {
    expect(run.lines[1]).toContain(`--capture ${capture}`)
    const why = run.lines.filter((line) => /^There is no terminal: .*--port/.test(line))
    expect(why).toHaveLength(options.includes('--once') ? 0 : 1)
  })

  it('leaves no database behind', async () => {
    const name = /database (\w+),/.exec(run.text)?.[1]
    expect(name).toMatch(/^backstory_demo_/)
    const client = new pg.Client({ connectionString: inject('serverUrl') })
    await client.connect()
    const { rows } = await client.query('select datname from pg_database where datname = $1', [name])
    await client.end()
    expect(rows).toStrictEqual([])
  })
})

it.each(['trigger', 'listener'])(
  'the demo with a port serves the world and its history by %s, and drops its database when it is interrupted',
  async (capture) => {
    const program = spawn(process.execPath, [
      ...[demo, '--port', '0', '--capture', capture, '--database-url', inject('serverUrl')],
    ])
    onTestFinished(() => {
      program.kill('SIGKILL')
    })
    let text = ''
    program.stderr.on('data', (part: Buffer) => (text += part.toString()))
    const ended = new Promise((resolve) => {
      program.once('exit', resolve)
    })
    const address = await new Promise<string>((resolve, reject) => {
      void ended.then(() => {
        reject(new Error(text))
      })
      program.stdout.on('data', (part: Buffer) => {
        text += part.toString()
        const found = /worlds are at +(\S+)/.exec(text)?.[1]
        if (found !== undefined) resolve(found)
      })
    })

    const signedIn = await fetch(`${address}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"Bo"}',
    })
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    const entries = await fetch(`${address}/history/entries?q=actor:muse&include=label`, {
      headers: { cookie },
    })
    expect(await entries.json()).toMatchObject({
      entries: [{ userId: 'muse', label: 'Maren of the Low Moon' }],
    })
    const secrets = await fetch(`${address}/history/entries?q=type:secrets&include=changes`, {
      headers: { cookie },
    })
    expect(await secrets.text()).not.toContain('lamps')
    // a stream that is open does not keep it from ending
    const watching = await fetch(`${address}/history/watch`, { headers: { cookie } })
    expect(watching.status).toBe(200)

    program.kill('SIGINT')
    expect(await ended).toBe(130)
    await watching.body?.cancel().catch(() => {})
    const name = /database (\w+),/.exec(text)?.[1]
    const client = new pg.Client({ connectionString: inject('serverUrl') })
    await client.connect()
    const { rows } = await client.query('select datname from pg_database where datname = $1', [name])
    await client.end()
    expect(rows).toStrictEqual([])
  },
)

it('the demo refuses a way of capture that there is not, and says how it is used', async () => {
  const run = await runProgram(process.execPath, [demo, '--capture', 'both'])
  expect(run.exitCode).toBe(1)
  expect(run.errors).toMatch(/^--capture is trigger or listener, not both\.\n\nnpm run demo/)
})

it('the demo tells in a sentence that a login is refused, without a stack, and exits with 1', async () => {
  const url = new URL(inject('serverUrl'))
  url.username = 'nobody_of_that_name'
  url.password = 'wrong'
  const run = await runProgram(process.execPath, [demo, '--database-url', url.href])
  expect(run.exitCode).toBe(1)
  expect(run.errors).toMatch(/^PostgreSQL at \S+ (refused the password of|does not let) nobody_of_that_name/)
  expect(run.errors).not.toContain('wrong')
  expect(run.errors.trimEnd().split('\n')).toHaveLength(1)
})

it('the demo tells in a sentence that nothing answers, and exits with 1', async () => {
  const run = await runProgram(process.execPath, [demo, '--database-url', nothingThere])
  expect(run).toMatchObject({
    exitCode: 1,
    errors:
      'Nothing answers at 127.0.0.1:1. Is PostgreSQL running there? Without --database-url one is started for you.\n',
  })
})

it('the demo tells in a sentence that an address is none of PostgreSQL', async () => {
  const run = await runProgram(process.execPath, [demo, '--database-url', 'http://127.0.0.1:1/x'])
  expect(run).toMatchObject({
    exitCode: 1,
    errors: expect.stringMatching(/^--database-url is no URL of PostgreSQL/),
  })
})

interface Run {
  readonly exitCode: number
  readonly text: string
  readonly lines: readonly string[]
  readonly errors: string
}

const demo = fileURLToPath(new URL('../../examples/worldbuilding/demo.ts', import.meta.url))

function runProgram(program: string, args: readonly string[]): Promise<Run> {
  const { FORCE_COLOR: _colour, ...environment } = process.env
  return new Promise((resolve) => {
    execFile(program, args, { cwd: root, env: environment }, (error, stdout, stderr) => {
      const text = stdout.trimEnd()
      // npm has opinions about the settings of its user
      const errors = stderr.replaceAll(/^npm warn .*\n/gm, '')
      resolve({ exitCode: error === null ? 0 : Number(error.code), text, lines: text.split('\n'), errors })
    })
  })
}
