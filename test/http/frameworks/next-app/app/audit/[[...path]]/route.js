// made by the test beside it, in the same process; looked up late, since Next.js also reads this file in workers of its own
const route = (method) => (request, context) => globalThis.backstoryTest.audit[method](request, context)

export const GET = route('GET')
export const POST = route('POST')
export const DELETE = route('DELETE')
export const OPTIONS = route('OPTIONS')
export const dynamic = 'force-dynamic'
