import type { Actor, ActorKind } from './entry-view.ts'

/** What to call an actor where the host knows no better name. */
export function nameActor({ userId, kind }: Actor): string {
  if (userId !== null) return userId
  return kind === 'user' ? 'Somebody' : `A ${kindNames[kind]}`
}

/** Somebody of whom no more is known than the id. */
export function personOf(userId: string | null): Actor {
  return { userId, kind: 'user', onBehalfOf: null }
}

/** What to say of an actor that is no person. */
export const kindNames: Readonly<Record<ActorKind, string>> = {
  user: 'person',
  system: 'system',
  agent: 'agent',
  api: 'API client',
}

/** Up to two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words
  return letters.map((word) => Array.from(word ?? '')[0]?.toLocaleUpperCase() ?? '').join('')
}

/** Which of `count` colours a name has: always the same one. */
export function hueOf(name: string, count: number): number {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 8) % count
}
