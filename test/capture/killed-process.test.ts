import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'
import { readLog } from '../support/log.ts'

let db: Awaited<ReturnType<typeof openPostgres>>

beforeAll(async () => {
  db = await openPostgres()
  await db.run('create table survivors (id integer generated always as identity primary key, name text)')
  await createBackstory(db.database).track('survivors')
})
afterAll(() => db.close())

/** Runs a program that writes through `pg` until it is killed, hard, after its first output. */
async function killWhile(program: string): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import pg from 'pg'; const client = new pg.Client(process.argv[1]);\n${program}`,
      db.url,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  // the server notices the lost connection by itself
  await expect
    .poll(
      async () =>
        (
          await db.query(`select count(*)::int as n from pg_stat_activity where application_name = 'killed'`)
        )[0]?.['n'],
    )
    .toBe(0)
}

const connect = `await client.connect(); await client.query("set application_name = 'killed'");`

test('a process that is killed inside of a transaction leaves neither the write nor its entry', async () => {
  await killWhile(`${connect}
    await client.query("begin; insert into survivors (name) values ('lost'); update survivors set name = 'lost too'");
    console.log('written'); setInterval(() => {}, 1000)`)
  expect(await db.query('select * from survivors')).toEqual([])
  expect(await readLog(db, 'survivors')).toEqual([])
})

test('a process that is killed among its writes leaves exactly one entry for each that is there', async () => {
  await killWhile(`${connect}
    for (let i = 0; ; i++) {
      await client.query("insert into survivors (name) values ('kept')")
      if (i === 50) console.log('many')
    }`)
  const rows = await db.query('select id::text from survivors order by survivors.id')
  expect(rows.length).toBeGreaterThan(50)
  expect((await readLog(db, 'survivors')).map(({ elementId }) => elementId)).toEqual(
    rows.map((row) => row['id']),
  )
})

test('a backend that is terminated inside of a statement leaves neither the write nor its entry', async () => {
  const before = await readLog(db, 'survivors')
  await db
    .session(async (session) => {
      const [backend] = await session.query('select pg_backend_pid() as pid')
      const lost = session.run(
        // half of its rows are written when it falls asleep
        `insert into survivors (name)
         select case n when 500 then 'half' || pg_sleep(60)::text else 'half' end from generate_series(1, 1000) as n`,
      )
      const outcome = lost.then(
        () => 'committed',
        () => 'refused',
      )
      await db.query('select pg_terminate_backend($1)', [backend?.['pid']])
      expect(await outcome).toBe('refused')
    })
    .catch(() => undefined)
  expect(await readLog(db, 'survivors')).toEqual(before)
  expect(await db.query(`select * from survivors where name = 'half'`)).toEqual([])
})
