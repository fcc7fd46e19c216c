import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, expectTypeOf, test } from 'vitest'

import { actingAs, currentContext, currentContextText, withoutContext } from './context.ts'

describe('actingAs', () => {
  test('is in force inside and nowhere else', () => {
    expect(currentContext()).toBeUndefined()
    expect(actingAs({ userId: 'ada' }, () => currentContext())).toEqual({ userId: 'ada' })
    expect(currentContext()).toBeUndefined()
    expect(currentContextText()).toBe('')
  })

  test('gives what the work gives: a value for a value, a promise for a promise', async () => {
    const value = actingAs({ userId: 'ada' }, () => 42)
    expectTypeOf(value).toEqualTypeOf<number>()
    expect(value).toBe(42)
    const promise = actingAs({ userId: 'ada' }, async () => 'done')
    expectTypeOf(promise).toEqualTypeOf<Promise<string>>()
    expect(promise).toBeInstanceOf(Promise)
    expect(await promise).toBe('done')
  })

  test('lets an error through, thrown or rejected, and is left by it', async () => {
    const fail = () => {
      throw new Error('no')
    }
    expect(() => actingAs({ userId: 'ada' }, fail)).toThrow('no')
    await expect(actingAs({ userId: 'ada' }, async () => fail())).rejects.toThrow('no')
    expect(currentContext()).toBeUndefined()
  })

  test('follows awaits, timers and events', async () => {
    const seen = await actingAs({ userId: 'ada' }, async () => {
      await sleep(1)
      const afterTimer = await new Promise((resolve) => {
        setImmediate(() => process.nextTick(() => resolve(currentContext()?.userId)))
      })
      return [currentContext()?.userId, afterTimer]
    })
    expect(seen).toEqual(['ada', 'ada'])
  })

  test('starts a lazy thenable inside, once, and gives a promise of its result', async () => {
    let starts = 0
    const lazy: PromiseLike<string | undefined> = {
      // oxlint-disable-next-line unicorn/no-thenable -- builders of queries are such
      then: (onfulfilled, onrejected) => {
        starts++
        return Promise.resolve(currentContext()?.userId).then(onfulfilled, onrejected)
      },
    }
    const result = actingAs({ userId: 'ada' }, () => lazy)
    expectTypeOf(result).toEqualTypeOf<Promise<string | undefined>>()
    expect(await result).toBe('ada')
    expect(starts).toBe(1)
  })

  test('keeps concurrent requests apart', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `user ${index}`)
    const seen = await Promise.all(
      names.map((userId) =>
        actingAs({ userId }, async () => {
          await sleep(Math.random() * 5)
          return currentContext()?.userId
        }),
      ),
    )
    expect(seen).toEqual(names)
  })

  test('nested, adds to the outer context; its keys win; an undefined one is taken away', () => {
    const seen = actingAs({ userId: 'ada', reason: 'retcon', requestId: 'r1' }, () => ({
      inner: actingAs({ userId: 'bob', reason: undefined, ip: '::1' }, () => currentContext()),
      outer: currentContext(),
    }))
    expect(seen.inner).toEqual({ userId: 'bob', requestId: 'r1', ip: '::1' })
    expect(seen.inner).not.toHaveProperty('reason')
    expect(seen.outer).toEqual({ userId: 'ada', reason: 'retcon', requestId: 'r1' })
  })

  test('with nothing in it is no context', () => {
    expect(actingAs({}, () => currentContextText())).toBe('')
    expect(
      actingAs({ userId: 'ada' }, () => actingAs({ userId: undefined }, () => currentContextText())),
    ).toBe('')
  })

  test('is not changed by a change of the object that was given', () => {
    const given = { userId: 'ada', tags: ['a'] }
    const seen = actingAs(given, () => {
      given.userId = 'mallory'
      given.tags.push('b')
      return [currentContext(), currentContextText()]
    })
    expect(seen).toEqual([{ userId: 'ada', tags: ['a'] }, '{"tags":["a"]}\nada'])
  })

  test('refuses a bad context before the work runs', () => {
    let ran = false
    expect(() =>
      actingAs({ userId: '' }, () => {
        ran = true
      }),
    ).toThrow(expect.objectContaining({ code: 'invalid_context' }))
    expect(ran).toBe(false)
  })
})

describe('withoutContext', () => {
  test('is outside of every actingAs, and its own begin from nothing', async () => {
    const seen = await actingAs({ userId: 'ada', requestId: 'r1' }, () =>
      withoutContext(async () => {
        await sleep(1)
        return [currentContext(), actingAs({ userId: 'mailer' }, () => currentContext())]
      }),
    )
    expect(seen).toEqual([undefined, { userId: 'mailer' }])
  })
})
