export const POST = (request, context) => globalThis.backstoryTest.write(request, context)
export const dynamic = 'force-dynamic'
